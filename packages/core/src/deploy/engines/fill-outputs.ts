/** A reference to an output of an earlier step, which is known only when the step begins. */
const REFERENCE = /\$\{(SOPHIA_OUTPUT_[A-Z0-9_]+)\}/g;

/** Settings whose references are values now, or the names of those that nobody left. */
export type Filled<S> = { readonly settings: S } | { readonly missing: readonly string[] };

/** Puts outputs of earlier steps into every string of an engine's settings. */
export function fillOutputs<S>(settings: S, outputs: Readonly<Record<string, string>>): Filled<S> {
  const missing = new Set<string>();
  const fill = (text: string) =>
    text.replace(REFERENCE, (reference, name: string) => {
      const value = outputs[name];
      if (value === undefined) missing.add(name);
      return value ?? reference;
    });
  const filled = mapStrings(settings, fill);
  return missing.size === 0 ? { settings: filled } : { missing: [...missing] };
}

/** @returns the same value with every string in it (no key) replaced. */
export function mapStrings<T>(value: T, replace: (text: string) => string): T {
  const map = (part: unknown): unknown => {
    if (typeof part === 'string') return replace(part);
    if (Array.isArray(part)) return part.map(map);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, map(inner)]));
  };
  // The same shape with other strings.
  return map(value) as T;
}
