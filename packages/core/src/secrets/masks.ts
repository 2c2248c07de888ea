import { escKind, type EscProperties, type EscValue } from '../esc/esc-value.ts';
import { formatPropertyPath, type PropertyPath } from './property-path.ts';
import { jsonText } from './value-text.ts';

/** Shorter strings occur everywhere: masking them would make logs unreadable and hide nothing. */
const SHORTEST_MASK = 4;

/** Words that stay readable whatever the values are. */
const READABLE: ReadonlySet<string> = new Set([
  'true',
  'false',
  'null',
  'True',
  'False',
  'TRUE',
  'FALSE',
  'None',
]);
/** JSON inside JSON is followed this deep. */
const MAX_JSON_DEPTH = 8;

/** Of values with more lines than any key has, the lines are masked as they are and not in every encoding. */
const MAX_ENCODED_LINES = 500;

/**
 * @returns the forms of a secret that must not be seen: the whole, its lines, the strings and numbers in it if
 *   it is JSON, and each of them in base64 at any offset, in a URL, in JSON, in XML and quoted for a shell.
 *   Empty for a value too short to be masked (below four characters) and for words like `true`.
 */
export function maskedForms(value: string): ReadonlySet<string> {
  const forms = new Set<string>();
  if (BRACKETS.test(value) || !isMaskable(value)) return forms;
  const pieces = piecesOf(value);
  const encode = pieces.size > MAX_ENCODED_LINES ? (piece: string) => [piece] : encodingsOf;
  for (const form of encodingsOf(value)) if (isMaskable(form)) forms.add(form);
  for (const piece of pieces) {
    if (!hasMeaning(piece)) continue;
    for (const form of encode(piece)) if (isMaskable(form)) forms.add(form);
  }
  return forms;
}

/** What to mask, and what of it is too short to be. */
export interface MaskPlan {
  readonly masks: ReadonlySet<string>;
  /** Property paths of values below four characters, to be named in a warning. */
  readonly tooShort: readonly string[];
}

/**
 * Plans the masks of one value of an environment: of a scalar its forms; of a structure the text that it is
 * exported as, and every string and number that is secret in it, or all of them if none is marked.
 *
 * @param at the value's own path, the beginning of those in `tooShort`
 */
export function planMasks(value: EscValue, at: PropertyPath = []): MaskPlan {
  const kind = escKind(value);
  const isStructure = kind.kind === 'list' || kind.kind === 'map';
  const leaves = leavesOf(value, { path: at, secret: false, readable: new Set() });
  const marked = leaves.filter((leaf) => leaf.secret);
  const plan = planLeaves(marked.length > 0 ? marked : leaves);
  return isStructure ? { ...plan, masks: new Set([...encodingsOf(jsonText(value)), ...plan.masks]) } : plan;
}

/**
 * Plans the masks of everything that is marked as secret in a whole environment.
 *
 * @param readable paths whose values may be seen all the same, as {@link formatPropertyPath} writes them
 */
export function planSecretMasks(properties: EscProperties, readable: ReadonlySet<string>): MaskPlan {
  const leaves = leavesOf({ value: properties }, { path: [], secret: false, readable });
  return planLeaves(leaves.filter((leaf) => leaf.secret));
}

interface Leaf {
  readonly path: PropertyPath;
  readonly text: string;
  readonly secret: boolean;
}

function planLeaves(leaves: readonly Leaf[]): MaskPlan {
  const masks = new Set<string>();
  for (const { text } of leaves) for (const form of maskedForms(text)) masks.add(form);
  const short = leaves.filter(({ text }) => text !== '' && text.length < SHORTEST_MASK);
  return { masks, tooShort: short.map(({ path }) => formatPropertyPath(path)) };
}

interface Spot {
  readonly path: PropertyPath;
  /** True below a secret: then everything is. */
  readonly secret: boolean;
  readonly readable: ReadonlySet<string>;
}

function leavesOf(value: EscValue, spot: Spot): readonly Leaf[] {
  if (spot.readable.has(formatPropertyPath(spot.path))) return [];
  const here = { ...spot, secret: spot.secret || value.secret === true };
  const below = (step: string | number) => ({ ...here, path: [...here.path, step] });
  const kind = escKind(value);
  switch (kind.kind) {
    case 'scalar':
      return typeof value.value === 'boolean'
        ? []
        : [{ path: here.path, text: kind.text, secret: here.secret }];
    case 'list':
      return kind.items.flatMap((item, index) => leavesOf(item, below(index)));
    case 'map':
      return Object.entries(kind.entries).flatMap(([key, part]) => leavesOf(part, below(key)));
    case 'null':
    case 'unknown':
      return [];
  }
}

/** Lines of the value, and what is in it if it is JSON. */
function piecesOf(value: string): ReadonlySet<string> {
  const lines = value.split(/\r\n|\r|\n/);
  const leaves = jsonTexts(value, 0);
  return new Set([value.trim(), ...lines.map((line) => line.trim()), ...leaves]);
}

function jsonTexts(text: string, depth: number): readonly string[] {
  if (depth > MAX_JSON_DEPTH || !/^\s*[[{"]/.test(text)) return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [];
  }
  const found: string[] = [];
  const waiting: unknown[] = [parsed];
  // A stack instead of recursion: the JSON of a secret may nest as deep as it likes.
  while (waiting.length > 0) {
    const part = waiting.pop();
    if (typeof part === 'string') found.push(part, ...lineTexts(part), ...jsonTexts(part, depth + 1));
    else if (typeof part === 'number') found.push(String(part));
    else if (typeof part === 'object' && part !== null)
      for (const inner of Object.values(part)) waiting.push(inner);
  }
  return found;
}

function lineTexts(text: string): readonly string[] {
  return text.includes('\n') ? text.split(/\r?\n/) : [];
}

function encodingsOf(text: string): readonly string[] {
  const inUrl = encodeUrl(text);
  const inJson = JSON.stringify(text).slice(1, -1);
  return [
    text,
    ...base64Forms(text),
    inUrl,
    inUrl.replaceAll('%20', '+'),
    inUrl.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    inUrl.replaceAll(/['()!*~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`),
    inJson,
    inJson.replaceAll('/', '\\/'),
    inJson.replaceAll(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`),
    JSON.stringify(inJson).slice(1, -1),
    text.replaceAll("'", "'\\''"),
    ...xmlForms(text),
  ];
}

/** A lone surrogate cannot be in a URL; the rest of the text then stands for it. */
function encodeUrl(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
}

function xmlForms(text: string): readonly string[] {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const quoted = escaped.replaceAll('"', '&quot;');
  return [escaped, quoted, quoted.replaceAll("'", '&#39;'), quoted.replaceAll("'", '&apos;')];
}

/**
 * The whole in base64, and what base64 shows of the text wherever it stands in a longer one: three bytes become
 * four characters, so there are three offsets. Characters that the neighbours share in are left out.
 */
function base64Forms(text: string): readonly string[] {
  const bytes = Buffer.from(text, 'utf8');
  const whole = bytes.toString('base64');
  const forms = [whole, whole.replace(/=+$/, '')];
  for (const offset of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    forms.push(shifted.slice(first, last));
  }
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}

const BRACKETS = /^[\s[\]{}(),:;"']*$/;

function isMaskable(form: string): boolean {
  const text = form.trim();
  return text.length >= SHORTEST_MASK && !READABLE.has(text);
}

/** A piece without a letter or digit is a bracket or a rule between lines, not a secret. */
function hasMeaning(piece: string): boolean {
  return isMaskable(piece) && /[\p{L}\p{N}]/u.test(piece);
}
