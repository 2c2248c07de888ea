/**
 * How often a property is tried: as often as its test says, or at most `SOPHIA_PROPERTY_RUNS` times. Mutation tests
 * try each property once a mutant, hundreds of times in all.
 */
export const propertyRuns = (usual: number): number =>
  Math.min(usual, Number(process.env['SOPHIA_PROPERTY_RUNS'] ?? usual));
