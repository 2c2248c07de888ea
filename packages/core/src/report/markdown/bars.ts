const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** @returns percentages as a line of bars; only 100 is a full one, so that the smallest loss can be seen. */
export function sparkline(percents: readonly number[]): string {
  return percents.map((percent) => LEVELS[Math.floor((percent / 100) * (LEVELS.length - 1))] ?? '▁').join('');
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;
const BAR_WIDTH = 10;

/** @returns a horizontal bar of up to ten characters; anything above zero is visible. */
export function bar(value: number, max: number): string {
  if (value <= 0 || max <= 0) return '';
  const eighths = Math.max(1, Math.round((Math.min(value, max) / max) * BAR_WIDTH * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}
