import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Figure } from './measure.ts';

const BEGIN = '<!-- generated: figures -->';
const END = '<!-- end of generated -->';

interface Measured {
  readonly title: string;
  readonly machine: { readonly node: string; readonly cores: number };
  readonly figures: readonly Figure[];
}

const number = (value: number) => value.toFixed(value < 10 ? 2 : 0);
const cell = (text: string) => text.replaceAll('|', '\\|');

function tableOf({ title, machine, figures }: Measured): string {
  const rows = figures.map(
    ({ name, value, unit, limit }) =>
      `| ${cell(name)} | ${number(value)} ${unit} | ${limit === undefined ? '' : `${limit} ${unit}`} |`,
  );
  return `${title}, Node ${machine.node}:\n\n| figure | measured | limit |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

/** Writes the figures of every benchmark that was run here into a page, between its marks. */
export function writeFigures(folder: string, page: string): void {
  const measured = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Measured);
  const text = readFileSync(page, 'utf8');
  const [before = ''] = text.split(BEGIN);
  const after = text.split(END)[1] ?? '';
  writeFileSync(page, `${before}${BEGIN}\n\n${measured.map(tableOf).join('\n')}\n${END}${after}`);
}
