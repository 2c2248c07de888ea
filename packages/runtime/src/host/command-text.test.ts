import type { Writable } from 'node:stream';

import { error, setSecret } from '@actions/core';
import { describe, expect, test } from '@jest/globals';

import { commandLine, fileEntry, inert } from './command-text.ts';

/** What `@actions/core` writes to stdout for one call. */
function reference(call: () => void): string {
  const written: string[] = [];
  const original = process.stdout.write.bind(process.stdout);
  process.stdout.write = ((chunk: string) => {
    written.push(chunk);
    return true;
  }) as Writable['write'];
  try {
    call();
  } finally {
    process.stdout.write = original;
  }
  return written.join('').trimEnd();
}

const HOSTILE = ['plain', 'a%b\r\nc', 'x::y', '::add-mask::x', 'comma, colon: %0A', 'ünïcode 🎛'];

describe('commands are written as @actions/core writes them', () => {
  test.each(HOSTILE)('%j as message and title', (text) => {
    const expected = reference(() => error(text, { title: text, file: text, startLine: 3, startColumn: 4 }));
    // @actions/core orders the properties its own way; the runner reads them in any order.
    const sorted = (line: string) =>
      line.replace(
        /^::error ([^]*?)::/,
        (_, list: string) => `::error ${list.split(',').sort().join(',')}::`,
      );
    expect(sorted(commandLine('error', { title: text, file: text, line: '3', col: '4' }, text))).toBe(
      sorted(expected),
    );
  });

  test.each(HOSTILE)('%j as a mask', (text) => {
    expect(commandLine('add-mask', {}, text)).toBe(reference(() => setSecret(text)));
  });
});

describe('foreign text', () => {
  test.each([
    '::add-mask::x',
    '  ::stop-commands::x',
    'a\n::set-output name=a::b',
    'a\r::error::b',
    '\u00a0::debug::x',
  ])('%j has no line that the runner reads as a command', (text) => {
    for (const line of inert(text).split('\n')) expect(line.trimStart().startsWith('::')).toBe(false);
  });

  test.each(['##[add-mask]x', 'text ##[error]boom'])('%j has no command of the old form', (text) => {
    expect(inert(text)).not.toContain('##[');
  });

  test('that is harmless stays as it is', () => {
    expect(inert('a :: b\n# heading ##\n std::vector')).toBe('a :: b\n# heading ##\n std::vector');
  });
});

test('an entry of a file cannot be ended by its own value', () => {
  expect(fileEntry('A', 'x\nsophia_guess\nB=1', '0f')).toBe(
    'A<<sophia_0f\nx\nsophia_guess\nB=1\nsophia_0f\n',
  );
});
