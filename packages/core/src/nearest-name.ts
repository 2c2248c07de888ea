import { distance } from 'fastest-levenshtein';

/** At most this share of a name may be mistyped for another to be offered instead. */
const LARGEST_SHARE = 0.4;

/** @returns the known name that `name` was probably meant to be, if any comes close. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  if (best === undefined) return undefined;
  return best.edits <= Math.max(1, Math.floor(best.candidate.length * LARGEST_SHARE))
    ? best.candidate
    : undefined;
}

/** @returns `; did you mean "x"?`, or nothing where no name comes close. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}
