import { ExactNumber } from '@sophia/core/esc/expression';
import type { ExactJson } from '@sophia/core/esc/parse-json';
import { parseExactJson } from '@sophia/core/esc/parse-json';

import { lasting } from './cloud-failure.ts';
import type { Attempted } from './cloud-failure.ts';

/** An answer as it came: no status is an error yet, and the body is bytes. */
export interface CloudAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
}

const NO_API =
  'something else answers there: check `cloud-url`, and proxies and sign-in pages between here and Pulumi Cloud';

/** A JSON object; what is in it is not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

/** @returns a header's text, empty where there is none. */
export function header({ headers }: CloudAnswer, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/**
 * Reads the body of a success. The text must be UTF-8: a decoder that replaces what it does not know would hand out a
 * secret that nobody stored. Numbers are {@link ExactNumber}: `1.10` must not become `1.1` on its way.
 */
export function readJson(answer: CloudAnswer): Attempted<JsonObject> {
  const text = decode(answer.body);
  if (text === undefined) {
    return lasting('protocol', {
      message: 'the answer of Pulumi Cloud is no valid UTF-8',
      hint: 'a value would arrive damaged, so nothing is used: find the value in ESC that holds bytes, and store it as base64',
    });
  }
  if (isPage(answer, text)) {
    return lasting('protocol', {
      message: 'the answer is a web page, not the API of Pulumi Cloud',
      hint: NO_API,
    });
  }
  const value = parseExact(text);
  if (isObject(value)) return { value };
  return lasting('protocol', {
    message: 'the answer is cut off or no JSON: it is not what the API of Pulumi Cloud gives',
    hint: NO_API,
  });
}

/** @returns the body of a refusal as far as it is JSON; it is for messages only. */
export function readRefusal({ body }: CloudAnswer): JsonObject {
  const value = parse(new TextDecoder().decode(body));
  return isObject(value) ? value : {};
}

function isPage(answer: CloudAnswer, text: string): boolean {
  return header(answer, 'content-type').includes('html') || /^\s*</.test(text);
}

function decode(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseExact(text: string): unknown {
  try {
    return withObjects(parseExactJson(text));
  } catch {
    return undefined;
  }
}

/** The same with objects for maps; `fromEntries` takes a key named `__proto__` as any other. */
function withObjects(json: ExactJson): unknown {
  if (json instanceof Map) {
    const entries = [...(json as ReadonlyMap<string, ExactJson>)];
    return Object.fromEntries(entries.map(([key, value]) => [key, withObjects(value)]));
  }
  return Array.isArray(json) ? (json as readonly ExactJson[]).map(withObjects) : json;
}
