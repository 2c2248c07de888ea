/** Longest name or message in one cell; the artifact has the whole. */
const LONGEST_CELL = 300;

// Control characters, zero-width ones and marks that change the direction of text: they can hide or reorder what is read.
const INVISIBLE =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g;

/** @returns foreign text on one line, without what no reader can see, and of bounded length. */
export function plainLine(text: string, length: number = LONGEST_CELL): string {
  const line = text
    .slice(0, length * 20)
    .replace(/\s+/g, ' ')
    .replace(INVISIBLE, '')
    .trim();
  const characters = [...line.slice(0, length * 4)];
  const cut = characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : line;
  return cut.replace(/\p{Surrogate}/gu, '\uFFFD');
}

/** Words that GitHub would make a link, a mention or a reference of; in a code span it does not. */
const ALIVE = /@|:\/\/|www\.|#\d|GH-\d/i;
const END_PUNCTUATION = /[.,;:!?)]+$/;
const ZERO_WIDTH_SPACE = '\u200B';

/** A `$` begins a formula on GitHub, where a backslash before it would be shown. */
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', $: '&#36;' };

/** One pass, so that nothing escapes what was escaped before. */
const escaped = (text: string) =>
  text.replace(/[&<>$\\`*_{}[\]#!|~]|(?<=\])\(/g, (char) => ENTITIES[char] ?? `\\${char}`);

/** Where a code span cannot be had (a cell's `|` ends it), an invisible space breaks what GitHub looks for. */
const defused = (word: string) =>
  escaped(word)
    .replace(/@/g, `@${ZERO_WIDTH_SPACE}`)
    .replace(/#(?=\d)/g, `#${ZERO_WIDTH_SPACE}`)
    .replace(/:\/\//g, `:${ZERO_WIDTH_SPACE}//`)
    .replace(/ww(?=w\.)/gi, `$&${ZERO_WIDTH_SPACE}`)
    .replace(/GH-/gi, `$&${ZERO_WIDTH_SPACE}`);

function span(word: string): string {
  const longest = Math.max(0, ...[...word.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = word.startsWith('`') || word.endsWith('`') ? ' ' : '';
  return fence + pad + word + pad + fence;
}

/** @returns foreign text as a code span that is also safe in a table's cell; plain text where it holds a `|`. */
export function codeSpan(text: string): string {
  const line = plainLine(text);
  if (line === '') return '';
  return line.includes('|') ? defused(line) : span(line);
}

/** Hints quote commands as Markdown does; what stands between two backticks is a code span in any case. */
const QUOTED = /`([^`|]+)`/;

/** Backticks that touch would be read as one longer fence. */
const apart = (before: string, after: string) =>
  before + (before.endsWith('`') && after.startsWith('`') ? ZERO_WIDTH_SPACE : '') + after;

const words = (text: string) => text.split(' ').map(word).join(' ');

function word(text: string): string {
  if (!ALIVE.test(text)) return escaped(text);
  const end = END_PUNCTUATION.exec(text)?.[0] ?? '';
  const start = text.slice(0, text.length - end.length);
  return (start.includes('|') || start === '' ? defused(start) : span(start)) + escaped(end);
}

/**
 * @returns foreign text as one line of inert Markdown, also inside a table's cell: no markup, link, mention, reference
 *   or comment of its own. Web addresses, `@names` and `#numbers` become code spans: readable, and dead.
 */
export function inlineMarkdown(text: string, length: number = LONGEST_CELL): string {
  const parts = plainLine(text, length).split(QUOTED);
  return parts.map((part, index) => (index % 2 === 1 ? span(part) : words(part))).reduce(apart, '');
}

/** @returns foreign text for inside an HTML element of a Markdown document, such as `<summary>`. */
export const htmlInline = (text: string): string =>
  plainLine(text).replace(/[&<>"'@#:[\]\\`*_~|!$]/g, (char) => `&#${char.charCodeAt(0)};`);
