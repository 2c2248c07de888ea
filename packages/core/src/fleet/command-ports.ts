import type { ServerSpec } from './server-spec.ts';

const OPTION = /^(?:--?(?:http[_-]?|server[_-]?)?port|-p)(?:=(\d+))?$/i;
const VARIABLE = /^(?:[A-Z_]*_)?PORT$/;

/** A port that a server is told by other means than PORT. */
export interface CommandPort {
  readonly port: number;
  /** Where it stands, for people. */
  readonly where: string;
}

/** @returns the ports that the command's arguments and the environment of a server name. */
export function commandPorts({ command, env }: Pick<ServerSpec, 'command' | 'env'>): readonly CommandPort[] {
  const fromArguments = command.flatMap((word, index): CommandPort[] => {
    const match = OPTION.exec(word);
    const text = match === null ? undefined : (match[1] ?? command[index + 1]);
    if (text === undefined || !/^\d+$/.test(text)) return [];
    return [{ port: Number(text), where: match?.[1] === undefined ? `${word} ${text}` : word }];
  });
  const fromVariables = Object.entries(env)
    .filter(([name, value]) => VARIABLE.test(name) && /^\d+$/.test(value))
    .map(([name, value]) => ({ port: Number(value), where: `${name}=${value}` }));
  return [...fromArguments, ...fromVariables.filter(({ where }) => where.startsWith('PORT='))];
}
