import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

/** Libraries that compute and do nothing else. */
const PURE_LIBRARIES = [
  ...['zod', 'yaml', 'fastest-levenshtein', 'saxes', 'd3-scale', 'd3-shape'],
  ...['mdast-util-to-markdown', 'mdast-util-gfm-table', 'mdast', 'node:crypto'],
];

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(name) && !name.includes('fixtures'),
);

const withoutComments = (text: string) => text.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
const importsOf = (text: string) =>
  [...text.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'|\bimport\('([^']+)'\)/gm)].map(
    (match) => match[1] ?? match[2] ?? '',
  );

test('there is a core to look at', () => expect(files.length).toBeGreaterThan(30));

test.each(files)('%s imports only core and libraries that are pure', (name) => {
  const text = withoutComments(readFileSync(join(import.meta.dirname, name), 'utf8'));
  const foreign = importsOf(text).filter(
    (target) => !target.startsWith('.') && !PURE_LIBRARIES.includes(target),
  );
  expect(foreign).toEqual([]);
  for (const target of importsOf(text).filter((path) => path.startsWith('.'))) {
    expect(join(import.meta.dirname, name, '..', target).startsWith(import.meta.dirname)).toBe(true);
  }
});

test.each(files)('%s reads no clock, no chance and no environment', (name) => {
  const text = withoutComments(readFileSync(join(import.meta.dirname, name), 'utf8'));
  expect(text).not.toMatch(
    /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.|\bsetTimeout\(|\bfetch\(/,
  );
});
