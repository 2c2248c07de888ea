/** How the phase of one region is called; no phase of a configuration can have such a name. */
export const regionPhaseName = (phase: string, region: string): string => `${phase}@${region}`;
