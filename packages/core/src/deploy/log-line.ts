/** The levels of a deployment's log. */
export type LogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';

/** @returns `[YYYY-MM-DD HH:MM:SS] [LEVEL] message`, UTC, a line for each line of the message (contract, section 6). */
export function renderLogLine(nowMs: number, level: LogLevel, message: string): string {
  const time = new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ');
  return message
    .split('\n')
    .map((line) => `[${time}] [${level}] ${line}`)
    .join('\n');
}
