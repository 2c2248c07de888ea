import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';

import { codeSpan, htmlInline, inlineMarkdown, plainLine } from './inline.ts';

/** A foreign parser of GitHub's Markdown; raw HTML goes through, as it does there before it is sanitised. */
const toHtml = (markdown: string) =>
  micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });

const textOnly = (html: string) =>
  html
    .replace(/<code>.*?<\/code>/g, '')
    .replace(/&#8203;|\u200B/g, '\u200B')
    .replace(/&amp;/g, '&');

const hostile = [
  'a|b|c',
  '@everyone',
  'see @acme/team.',
  'fixes #1 and GH-2, acme/app#3',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '[x](javascript:alert(1))',
  '![x](https://evil.example/p.png)',
  'https://github.com/acme/app/issues/1',
  'www.evil.example',
  'mail me@evil.example',
  '<!-- sophia:pr-report v1 key=default run=9.9 -->',
  '`code` ``two`` ```\nfence\n```',
  'back\\|slash \\` tick',
  '@a|b #1|2 https://x|y `|`',
  '| --- | --- |\n# heading\n- item\n> quote',
  '**bold** _em_ ~~gone~~',
  '&lt;b&gt; &#64;team',
  '$x$ $$y$$',
  '\u202Efdp.exe\u200B\u0000\u001B[31m',
];

function expectInert(markdown: string): void {
  const cellHtml = toHtml(`| a | b |\n| --- | --- |\n| ${markdown} | end |\n`);
  expect(cellHtml).toMatch(/<td>end<\/td>\n<\/tr>/);
  expect([...cellHtml.matchAll(/<td/g)]).toHaveLength(2);
  const cell = /<td>([\s\S]*?)<\/td>/.exec(cellHtml)?.[1] ?? '';
  expect(cell.replace(/<\/?code>/g, '')).not.toMatch(/<[a-z/!]/i);
  expect(textOnly(cell)).not.toMatch(/@[A-Za-z0-9]|#\d|GH-\d|:\/\/|www\.[a-z]/i);
}

describe('foreign text is inert in a table of Markdown', () => {
  test.each(hostile)('%j', (text) => {
    expectInert(inlineMarkdown(text));
    expectInert(codeSpan(text));
  });

  test('whatever it is', () => {
    const pieces = fc.constantFrom(
      ...hostile,
      '|',
      '`',
      '\\',
      '@a',
      '#1',
      '[',
      '](',
      ')',
      '<',
      '>',
      ' ',
      '\n',
      'www.',
      '://',
      '&',
      '$',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: 'grapheme' })), { maxLength: 12 }), (parts) => {
        expectInert(inlineMarkdown(parts.join('')));
        expectInert(codeSpan(parts.join('')));
      }),
      { numRuns: 500 },
    );
  });
});

test('commands in hints stay readable', () => {
  expect(inlineMarkdown('run `npm ci` again, see https://example.com/a.')).toBe(
    'run `npm ci` again, see `https://example.com/a`.',
  );
});

test('a name of 10,000 characters is cut', () => {
  expect([...plainLine('x'.repeat(10_000))]).toHaveLength(300);
});

test('inside an HTML element nothing is left to be parsed', () => {
  expect(toHtml(`<p>${htmlInline('</p><b>@team #1 `x` [a](b)')}</p>`)).not.toMatch(/<(b|code|a)[ >]|@team/);
});
