import { ExactNumber } from './expression.ts';
import { isListContent, isMapContent, type Layered } from './layered.ts';
import type { Budget } from './limits.ts';
import { compareKeys } from './property-key.ts';

/** A value as text, and what is known about it. */
export interface TextForm {
  readonly text: string;
  readonly unknown: boolean;
  readonly secret: boolean;
}

/**
 * Converts a value to the text that interpolation and fn::toString make of it: scalars as they are, null as
 * nothing, lists as `"a","b"`, maps as `"k"="v"`. A map's inherited properties are not in it; Pulumi ESC leaves
 * them out too, and a local result must not differ from the real one.
 */
export function toText(value: Layered, budget: Budget): TextForm {
  if (value.unknown !== undefined) return { text: '[unknown]', unknown: true, secret: value.secret };
  const { content } = value;
  if (isListContent(content)) {
    return joinTexts(
      value,
      content.map((item) => quoted('', toText(item, budget))),
      budget,
    );
  }
  if (isMapContent(content)) {
    const keys = [...content.keys()].sort(compareKeys);
    const pairs = keys.flatMap((key) => {
      const property = value.property(key);
      return property === undefined ? [] : [quoted(`${quote(key)}=`, toText(property, budget))];
    });
    return joinTexts(value, pairs, budget);
  }
  const text = scalarText(content);
  budget.spend(text.length);
  return { text, unknown: false, secret: value.secret };
}

function scalarText(content: null | boolean | string | ExactNumber): string {
  if (content === null) return '';
  return content instanceof ExactNumber ? content.text : String(content);
}

function quoted(prefix: string, form: TextForm): TextForm {
  return { ...form, text: prefix + quote(form.text) };
}

function joinTexts(value: Layered, forms: readonly TextForm[], budget: Budget): TextForm {
  const text = forms.map((form) => form.text).join(',');
  budget.spend(text.length);
  return {
    text,
    unknown: forms.some((form) => form.unknown),
    secret: value.secret || forms.some((form) => form.secret),
  };
}

const ESCAPES = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

/** Quotes as Go's strconv.Quote: printable characters stay, others are escaped. */
function quote(text: string): string {
  const body = text.replaceAll(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return ESCAPES.get(character) ?? escapeCode(code);
  });
  return `"${body}"`;
}

function escapeCode(code: number): string {
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

const HTML_ESCAPES = /[<>&\u2028\u2029]/g;

/** Writes a known value as JSON the way Go does: sorted keys, no white space, `<`, `>` and `&` escaped. */
export function toJson(value: Layered, budget: Budget): string {
  const { content } = value;
  if (isListContent(content))
    return counted(budget, `[${content.map((item) => toJson(item, budget)).join(',')}]`);
  if (isMapContent(content)) {
    const pairs = value.entries().map(([key, property]) => `${jsonString(key)}:${toJson(property, budget)}`);
    return counted(budget, `{${pairs.join(',')}}`);
  }
  if (content instanceof ExactNumber) return counted(budget, content.text);
  return counted(budget, typeof content === 'string' ? jsonString(content) : String(content));
}

function jsonString(text: string): string {
  return JSON.stringify(text).replaceAll(HTML_ESCAPES, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}

function counted(budget: Budget, text: string): string {
  budget.spend(text.length);
  return text;
}
