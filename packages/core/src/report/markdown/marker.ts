/** Which sticky comment this is, and the run that wrote it. */
export interface Marker {
  readonly key: string;
  readonly runId: number;
  readonly attempt: number;
}

const FIRST_LINE = /^<!-- sophia:pr-report v1 key=([A-Za-z0-9._-]{1,64}) run=(\d{1,15})\.(\d{1,6}) -->/;

/** @returns the hidden first line of a comment. */
export const renderMarker = ({ key, runId, attempt }: Marker): string =>
  `<!-- sophia:pr-report v1 key=${key} run=${runId}.${attempt} -->`;

/** @returns the marker of a comment's first line; undefined where there is none. */
export function parseMarker(body: string): Marker | undefined {
  const match = FIRST_LINE.exec(body);
  if (match === null) return undefined;
  return { key: match[1] ?? '', runId: Number(match[2]), attempt: Number(match[3]) };
}

/** @returns true where a comment's run is later than another: it must not be overwritten by the older one. */
export const isLater = (one: Marker, other: Marker): boolean =>
  one.runId === other.runId ? one.attempt > other.attempt : one.runId > other.runId;
