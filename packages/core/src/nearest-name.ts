import { distance } from 'fastest-levenshtein';

/** At most this share of a name may be mistyped for another to be offered instead. */
const LARGEST_SHARE = 0.4;
/** So much of a name, or more, means it where no other begins so: `prod`. */
const SHORTEST_START = 3;

const lettersOf = (name: string) => [...name.toLowerCase()].sort().join('');

/** @returns the known name that `name` was probably meant to be, if any comes close. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  if (best === undefined) return undefined;
  // Who changes every letter means another name.
  const allowed = Math.max(1, Math.floor(best.candidate.length * LARGEST_SHARE));
  if (best.edits <= allowed && best.edits < name.length) return best.candidate;
  const swapped = known.find((candidate) => lettersOf(candidate) === lettersOf(name));
  if (swapped !== undefined) return swapped;
  const longer = known.filter((candidate) => candidate.toLowerCase().startsWith(name.toLowerCase()));
  return longer.length === 1 && name.length >= SHORTEST_START ? longer[0] : undefined;
}

/** @returns `; did you mean "x"?`, or nothing where no name comes close. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}
