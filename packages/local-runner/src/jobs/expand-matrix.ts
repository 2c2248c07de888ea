import { SophiaError } from '@sophia/core/errors';
import type { Json } from '../expressions/expression-data.ts';

type Combination = { readonly [key: string]: Json };

/** `strategy` after evaluation: what to run, and how. */
export interface Strategy {
  readonly combinations: readonly Combination[];
  readonly failFast: boolean;
  /** Infinity where it is not limited. */
  readonly maxParallel: number;
}

function isObject(value: Json | undefined): value is Combination {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string): SophiaError {
  return new SophiaError('configuration', { message, hint: 'see the matrix section of the workflow syntax' });
}

function listOf(value: Json | undefined, what: string): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(`${what} must be a list`);
  return value as readonly Json[];
}

function objectsOf(value: Json | undefined, what: string): Combination[] {
  return listOf(value, what).map((item) => {
    if (!isObject(item)) throw invalid(`each entry of ${what} must be a mapping`);
    return item;
  });
}

const isEqual = (a: Json | undefined, b: Json | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** Whether a pattern's keys all have the same value; a nested mapping may be given in part. */
function matches(value: Json | undefined, pattern: Json): boolean {
  if (!isObject(pattern)) return isEqual(value, pattern);
  return isObject(value) && Object.entries(pattern).every(([key, item]) => matches(value[key], item));
}

function product(vectors: readonly (readonly [string, readonly Json[]])[]): Combination[] {
  return vectors.reduce<Combination[]>(
    (combinations, [key, values]) =>
      combinations.flatMap((combination) => values.map((value) => ({ ...combination, [key]: value }))),
    [{}],
  );
}

/**
 * The combinations of a matrix in GitHub's order. An `include` extends every combination whose original
 * values it does not change; one that fits none is a combination of its own.
 *
 * @throws SophiaError `configuration` for a vector that is empty or no list
 */
function expandMatrix(matrix: Json): Combination[] {
  if (matrix === null) return [{}];
  if (!isObject(matrix)) throw invalid('a matrix must be a mapping');
  const vectors = Object.entries(matrix)
    .filter(([key]) => key !== 'include' && key !== 'exclude')
    .map(([key, value]) => [key, listOf(value, `the matrix vector '${key}'`)] as const);
  const empty = vectors.find(([, values]) => values.length === 0);
  if (empty) throw invalid(`the matrix vector '${empty[0]}' has no values`);
  const exclude = objectsOf(matrix['exclude'], 'exclude');
  const originals = vectors.length === 0 ? [] : product(vectors);
  const kept = originals.filter((original) => !exclude.some((pattern) => matches(original, pattern)));
  return withIncludes(kept, objectsOf(matrix['include'], 'include'));
}

function withIncludes(originals: readonly Combination[], includes: readonly Combination[]): Combination[] {
  const extended: Record<string, Json>[] = originals.map((original) => ({ ...original }));
  const added: Combination[] = [];
  for (const include of includes) {
    let isUsed = false;
    originals.forEach((original, index) => {
      const changes = Object.entries(include).some(
        ([key, value]) => key in original && !isEqual(original[key], value),
      );
      if (changes) return;
      Object.assign(extended[index] ?? {}, include);
      isUsed = true;
    });
    if (!isUsed) added.push(include);
  }
  return [...extended, ...added];
}

/** Reads an evaluated `strategy`; none is one job with an empty matrix. */
export function planStrategy(strategy: Json): Strategy {
  if (!isObject(strategy)) return { combinations: [{}], failFast: true, maxParallel: Infinity };
  const limit = strategy['max-parallel'];
  return {
    combinations: expandMatrix(strategy['matrix'] ?? null),
    failFast: strategy['fail-fast'] !== false,
    maxParallel: typeof limit === 'number' && limit > 0 ? limit : Infinity,
  };
}

/** The values of a combination as GitHub shows them behind a job's name: ` (a, 1)`; empty without a matrix. */
export function renderCombination(combination: Combination): string {
  const texts = Object.values(combination).map((value) =>
    typeof value === 'string' ? value : JSON.stringify(value),
  );
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`;
}
