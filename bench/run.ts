import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

import type { Benchmark, Figure } from './measure.ts';

const SUFFIX = '.bench.ts';
const out = join(import.meta.dirname, 'out');
const wanted = process.argv.slice(2).filter((word) => word !== '--docs');

const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`error: there is no benchmark ${unknown.join(', ')}\n  hint: there are ${known.join(', ')}`);
  process.exit(2);
}

function row({ name, value, unit, limit, note }: Figure): string {
  const verdict =
    limit === undefined
      ? ''
      : value <= limit
        ? `ok (limit ${limit} ${unit})`
        : `OVER the limit of ${limit} ${unit}`;
  return `  ${name.padEnd(44)} ${`${value.toFixed(value < 10 ? 2 : 0)} ${unit}`.padStart(12)}  ${verdict}${note === undefined ? '' : ` ${note}`}`;
}

mkdirSync(out, { recursive: true });
const machine = { node: process.version, cores: cpus().length, model: cpus()[0]?.model ?? '' };
for (const name of known.filter((candidate) => wanted.length === 0 || wanted.includes(candidate))) {
  const { benchmark } = (await import(join(import.meta.dirname, `${name}${SUFFIX}`))) as {
    benchmark: Benchmark;
  };
  console.log(`\n${benchmark.title}`);
  const figures = await benchmark.run();
  for (const figure of figures) console.log(row(figure));
  writeFileSync(
    join(out, `${name}.json`),
    `${JSON.stringify({ title: benchmark.title, machine, figures }, undefined, 2)}\n`,
  );
}

// `--docs`: the page of promises shows the figures that were measured last.
if (process.argv.includes('--docs')) {
  const { writeFigures } = await import('./write-figures.ts');
  writeFigures(out, join(import.meta.dirname, '../docs/metrics.md'));
}
