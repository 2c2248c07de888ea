import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';

/** Where something stands in a file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** YAML as a tree that remembers where each part stands, so that every later error can name its line. */
export type Located = LocatedMap | LocatedList | LocatedScalar;

export interface LocatedMap {
  readonly kind: 'map';
  readonly place: Place;
  readonly entries: ReadonlyMap<string, { readonly key: Place; readonly value: Located }>;
}

export interface LocatedList {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly Located[];
}

export interface LocatedScalar {
  readonly kind: 'scalar';
  readonly place: Place;
  readonly value: string | number | boolean | null;
}

/** One thing that is wrong with a file, at its place. */
export interface Issue {
  readonly place: Place;
  readonly message: string;
}

/** More nodes than this, after aliases are followed, is an attack and no configuration. */
const MOST_NODES = 20_000;
const DEEPEST = 64;

/** @returns the tree of a YAML 1.2 document and all that is wrong with its syntax; both may be there. */
export function parseLocated(text: string): { tree: LocatedMap; issues: readonly Issue[] } {
  const { tree, issues } = parseAnyLocated(text);
  if (tree.kind === 'map') return { tree, issues };
  const empty: LocatedMap = { kind: 'map', place: { line: 1, column: 1 }, entries: new Map() };
  return { tree: empty, issues: [...issues, { place: tree.place, message: 'expected a map of sections' }] };
}

/** The same for a document that may be a list, or one text. */
export function parseAnyLocated(text: string): { tree: Located; issues: readonly Issue[] } {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    strict: true,
    // It compares each key with each: 23 s for 60,000. `readMap` looks them up.
    uniqueKeys: false,
    merge: false,
  });
  const at = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const issues: Issue[] = document.errors.map((error) => ({
    place: at(error.pos[0]),
    message: error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'broken YAML',
  }));
  const empty: LocatedMap = { kind: 'map', place: { line: 1, column: 1 }, entries: new Map() };
  if (issues.length > 0 || document.contents === null) return { tree: empty, issues };
  const reader = new TreeReader(document, at);
  const tree = reader.read(document.contents, 0);
  return { tree, issues: reader.issues };
}

class TreeReader {
  readonly issues: Issue[] = [];
  private nodes = 0;
  private readonly document: Document;
  private readonly at: (offset: number) => Place;

  constructor(document: Document, at: (offset: number) => Place) {
    this.document = document;
    this.at = at;
  }

  read(node: Node | null, depth: number): Located {
    const place = this.at(node?.range?.[0] ?? 0);
    this.nodes += 1;
    if (this.nodes > MOST_NODES || depth > DEEPEST) {
      if (this.issues.length === 0)
        this.issues.push({ place, message: 'too large or too deep for a configuration' });
      return { kind: 'scalar', place, value: null };
    }
    if (isAlias(node)) return this.read((node.resolve(this.document) ?? null) as Node | null, depth + 1);
    if (isSeq(node)) {
      return { kind: 'list', place, items: node.items.map((item) => this.read(item as Node, depth + 1)) };
    }
    if (isMap(node)) return this.readMap(node.items as { key: unknown; value: unknown }[], place, depth);
    return { kind: 'scalar', place, value: this.scalar(node, place) };
  }

  private readMap(
    pairs: readonly { key: unknown; value: unknown }[],
    place: Place,
    depth: number,
  ): LocatedMap {
    const entries = new Map<string, { key: Place; value: Located }>();
    for (const { key, value } of pairs) {
      const keyPlace = this.at((key as Node | null)?.range?.[0] ?? 0);
      const name = isScalar(key) ? String(key.value) : undefined;
      if (name === undefined) this.issues.push({ place: keyPlace, message: 'expected a plain name as key' });
      else if (entries.has(name)) this.issues.push({ place: keyPlace, message: 'Map keys must be unique' });
      else entries.set(name, { key: keyPlace, value: this.read(value as Node | null, depth + 1) });
    }
    return { kind: 'map', place, entries };
  }

  private scalar(node: Node | null, place: Place): LocatedScalar['value'] {
    const value: unknown = isScalar(node) ? node.value : null;
    if (value === null || value === undefined) return null;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
    this.issues.push({ place, message: 'expected text, a number, true or false' });
    return null;
  }
}

/** @returns the tree as plain values; maps have no prototype, so no key of a file can reach ours. */
export function toPlain(tree: Located): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(toPlain);
  const plain: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, { value }] of tree.entries) plain[key] = toPlain(value);
  return plain;
}

type Path = readonly PropertyKey[];

function child(tree: Located, key: PropertyKey): Located | undefined {
  if (tree.kind === 'map') return tree.entries.get(String(key))?.value;
  if (tree.kind === 'list') return tree.items[Number(key)];
  return undefined;
}

/** @returns the part of the tree at that path, if it is there. */
export function locate(tree: Located, path: Path): Located | undefined {
  return path.reduce<Located | undefined>(
    (part, key) => (part === undefined ? undefined : child(part, key)),
    tree,
  );
}

/** @returns the place of the last part of the path that is there; of its key, where it is an entry of a map. */
export function placeOf(tree: Located, path: Path): Place {
  let part = tree;
  let place = tree.place;
  for (const key of path) {
    if (part.kind === 'map') place = part.entries.get(String(key))?.key ?? place;
    const next = child(part, key);
    if (next === undefined) break;
    if (part.kind === 'list') place = next.place;
    part = next;
  }
  return place;
}
