import type { Place } from './diagnostic.ts';
import type { Literal } from './expression.ts';
import { compareKeys } from './property-key.ts';

/** What a layered value holds by itself, without what lies under it. */
export type Content = Literal | readonly Layered[] | ReadonlyMap<string, Layered>;

/** The type that an unknown value is known to have. */
export type UnknownType = 'any' | 'string' | 'array';

interface LayeredParts {
  /** Where the value was defined. */
  readonly origin: Place | undefined;
  readonly content: Content;
  readonly secret?: boolean;
  /** Set: the value is not known (an error, or only Pulumi Cloud knows it), and of this type. */
  readonly unknown?: UnknownType | undefined;
  readonly final?: boolean;
}

interface Layers {
  /** The value under this one: it gives the properties that this one lacks (JSON merge patch, RFC 7396). */
  readonly base: Layered | undefined;
  /** The value that this one was made from: it gives the properties that this one has. */
  readonly source: Layered;
  /** What the properties of `source` still have to be layered over; undefined if nothing. */
  readonly under: Layered | undefined;
}

interface Contains {
  readonly secrets: boolean;
  readonly unknowns: boolean;
}

/**
 * A value over the values that it overrides. Immutable: a layering or a reference makes a new value that shares
 * everything with the old ones, and properties are merged when they are asked for. So a definition that refers
 * to one value a million times over costs nothing until it is written out.
 */
export class Layered {
  readonly origin: Place | undefined;
  readonly content: Content;
  /** True for a secret; a collection that is secret has only secret items. */
  readonly secret: boolean;
  readonly unknown: UnknownType | undefined;
  readonly final: boolean;
  /** Collections inside one another, this one included. */
  readonly depth: number;
  /** False if neither the value, nor anything in or under it, is final. */
  readonly mayHoldFinals: boolean;
  readonly #layers: Layers | undefined;
  #own: Map<string, Layered | undefined> | undefined;
  #keys: readonly string[] | undefined;
  #contains: Contains | undefined;

  constructor(parts: LayeredParts, layers?: Layers) {
    this.origin = parts.origin;
    this.content = parts.content;
    this.secret = parts.secret ?? false;
    this.unknown = parts.unknown;
    this.final = parts.final ?? false;
    this.#layers = layers;
    const made =
      layers === undefined ? undefined : [layers.source, ...(layers.base === undefined ? [] : [layers.base])];
    const inner = made === undefined ? partsOf(parts.content) : [];
    this.mayHoldFinals = this.final || (made ?? inner).some((part) => part.mayHoldFinals);
    this.depth = made === undefined ? (isCollection(parts.content) ? 1 : 0) + deepest(inner) : deepest(made);
  }

  get base(): Layered | undefined {
    return this.#layers?.base;
  }

  /** True if the value is, or may turn out to be, a map. */
  get isMap(): boolean {
    return this.unknown === undefined ? isMapContent(this.content) : this.unknown === 'any';
  }

  /** @returns the property as merged with those under it; of an unknown value, an unknown one. */
  property(key: string): Layered | undefined {
    if (this.unknown === undefined && !isMapContent(this.content)) return undefined;
    return this.#ownProperty(key) ?? this.base?.property(key);
  }

  /** @returns the keys of a known map, merged with those under it, in order. */
  keys(): readonly string[] {
    if (this.unknown !== undefined || !isMapContent(this.content)) return [];
    this.#keys ??= [...new Set([...this.content.keys(), ...(this.base?.keys() ?? [])])].sort(compareKeys);
    return this.#keys;
  }

  /** @returns the merged properties of a known map, in order of keys. */
  entries(): readonly (readonly [string, Layered])[] {
    return this.keys().flatMap((key) => {
      const value = this.property(key);
      return value === undefined ? [] : [[key, value] as const];
    });
  }

  get containsSecrets(): boolean {
    return this.#summary().secrets;
  }

  get containsUnknowns(): boolean {
    return this.#summary().unknowns;
  }

  /** @returns the same value as seen from a reference, which can be overridden even where the target cannot. */
  referredFrom(origin: Place): Layered {
    return this.#with({ origin, final: false });
  }

  /** @returns the same value, not to be overridden by what is layered over it. */
  asFinal(): Layered {
    return this.#with({ final: true });
  }

  /** Puts a value under this one. Use {@link layer}, which knows when there is nothing to do. */
  over(base: Layered): Layered {
    const merged = this.base === undefined ? base : layer(this.base, base);
    const under = everyLayerIsMap(this.base) ? base : undefined;
    return new Layered(this.#parts(), { base: merged, source: this, under });
  }

  #with(changes: { readonly origin?: Place; readonly final: boolean }): Layered {
    return new Layered({ ...this.#parts(), ...changes }, { base: this.base, source: this, under: undefined });
  }

  #parts(): LayeredParts {
    const { origin, content, secret, unknown, final } = this;
    return { origin, content, secret, unknown, final };
  }

  #ownProperty(key: string): Layered | undefined {
    if (this.#layers === undefined && this.unknown === undefined) return contentProperty(this.content, key);
    this.#own ??= new Map();
    if (!this.#own.has(key)) this.#own.set(key, this.#findOwnProperty(key));
    return this.#own.get(key);
  }

  #findOwnProperty(key: string): Layered | undefined {
    if (this.unknown !== undefined)
      return layer(unknownValue(this.origin, { secret: this.secret }), this.base?.property(key));
    if (this.#layers === undefined) return undefined;
    const before = this.#layers.source.#ownProperty(key);
    return before && layer(before, this.#layers.under?.property(key));
  }

  #summary(): Contains {
    this.#contains ??= this.#summarize();
    return this.#contains;
  }

  #summarize(): Contains {
    const parts = isListContent(this.content) ? this.content : this.entries().map(([, value]) => value);
    return {
      secrets: this.secret || parts.some((part) => part.containsSecrets),
      unknowns: this.unknown !== undefined || parts.some((part) => part.containsUnknowns),
    };
  }
}

/** @returns `value` over `base`; a base that is final stays as it is. */
export function layer(value: Layered, base: Layered | undefined): Layered {
  if (base === undefined || base === value || base === value.base) return value;
  return base.final ? base : value.over(base);
}

/** @returns an unknown value; it never loses the secrecy of what it would have been made from. */
export function unknownValue(
  origin: Place | undefined,
  options: { readonly secret?: boolean; readonly type?: UnknownType } = {},
): Layered {
  return new Layered({
    origin,
    content: null,
    secret: options.secret ?? false,
    unknown: options.type ?? 'any',
  });
}

export function isListContent(content: Content): content is readonly Layered[] {
  return Array.isArray(content);
}

export function isMapContent(content: Content): content is ReadonlyMap<string, Layered> {
  return content instanceof Map;
}

/** A scalar between two maps hides the lower one for good. */
function everyLayerIsMap(value: Layered | undefined): boolean {
  for (let current = value; current !== undefined; current = current.base) {
    if (current.unknown === undefined && !isMapContent(current.content)) return false;
  }
  return true;
}

function contentProperty(content: Content, key: string): Layered | undefined {
  return isMapContent(content) ? content.get(key) : undefined;
}

function isCollection(content: Content): boolean {
  return isListContent(content) || isMapContent(content);
}

function partsOf(content: Content): readonly Layered[] {
  if (isListContent(content)) return content;
  return isMapContent(content) ? [...content.values()] : [];
}

function deepest(parts: readonly Layered[]): number {
  return parts.reduce((depth, part) => Math.max(depth, part.depth), 0);
}
