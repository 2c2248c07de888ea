import type { EscRange } from '@sophia/core/esc/esc-value';

/** Where a value was defined. */
export interface Origin {
  readonly source: 'definition' | 'import' | 'variable';
  /** The environment's name; of a variable its name. */
  readonly from: string;
  readonly line?: number;
}

/**
 * @param def what the trace of a value says
 * @param ownNames the names by which a trace means the opened environment itself
 * @returns where a value was defined, as far as its trace tells
 */
export function originOf(def: EscRange | undefined, ownNames: ReadonlySet<string>): Origin | undefined {
  if (def === undefined) return undefined;
  const source = ownNames.has(def.environment) ? 'definition' : 'import';
  return { source, from: def.environment, line: def.begin.line };
}

/** @returns an origin in words, such as `imported from default/common, line 3`. */
export function renderOrigin({ source, from, line }: Origin): string {
  if (source === 'variable') return `from the variable ${from}`;
  const place = line === undefined ? '' : `, line ${line}`;
  return source === 'definition' ? `from the definition${place}` : `imported from ${from}${place}`;
}
