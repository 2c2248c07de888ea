import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { outputLines } from './output-lines.ts';

function collect(chunks: readonly Buffer[], forms: ReadonlySet<string> = new Set()): string[] {
  const lines: string[] = [];
  const sink = outputLines({ forms: () => forms, onLine: (line) => lines.push(line) });
  for (const chunk of chunks) sink.write(chunk);
  sink.end();
  return lines;
}

test('the lines are the same wherever the chunks are cut, also inside a character', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ''))),
      fc.nat(),
      (lines, cut) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const at = bytes.length === 0 ? 0 : cut % bytes.length;
        expect(collect([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(lines);
      },
    ),
  );
});

test('a line without an end comes in bounded pieces, and no secret is cut, wherever it stands', () => {
  const secret = 'a-secret-of-some-length';
  for (let before = 16_384 - secret.length - 2; before <= 16_386; before += 1) {
    const text = 'x'.repeat(before) + secret + 'y'.repeat(20_000);
    const pieces = collect(
      [Buffer.from(text.slice(0, before + 5)), Buffer.from(text.slice(before + 5))],
      new Set([secret]),
    );
    expect(pieces.join('')).toBe(text);
    expect(pieces.some((piece) => piece.includes(secret))).toBe(true);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(20_000);
  }
});
