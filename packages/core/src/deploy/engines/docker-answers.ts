import { z } from 'zod';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const metadata = z.looseObject({ 'containerimage.digest': digest });
const byTag = z.record(z.string(), z.union([z.literal(''), digest]));

/** Reads what buildx wrote of a build. @returns the digest of what was pushed. @throws Error where there is none */
export const builtDigest = (text: string): string =>
  metadata.parse(JSON.parse(text))['containerimage.digest'];

/** Reads what `imagetools inspect` printed. @returns undefined where it is no digest */
export const inspectedDigest = (stdout: string): string | undefined => digest.safeParse(stdout.trim()).data;

/** Reads what `before` noted: tag -> digest; empty where there was no such tag. @throws Error where it is no such note */
export const parseDigests = (text: string): Readonly<Record<string, string>> => byTag.parse(JSON.parse(text));
