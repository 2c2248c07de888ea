import { messageOf, SophiaError } from '@sophia/core/errors';

import type { ArtifactRequest } from './host.ts';

/** A name that is taken gets a number appended (contract, section 3); more tries than this is no accident. */
const MOST_NAMES = 20;

/**
 * Uploads files as one artifact of the run.
 *
 * @returns the artifact's id
 * @throws SophiaError `unavailable` with what the service said
 */
export async function upload(request: ArtifactRequest): Promise<number | undefined> {
  const { DefaultArtifactClient } = await import('@actions/artifact');
  const client = new DefaultArtifactClient();
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? request.name : `${request.name}-${number}`;
    try {
      const { id } = await client.uploadArtifact(name, [...request.files], request.root, {
        retentionDays: request.retentionDays,
      });
      return id;
    } catch (error) {
      if (number < MOST_NAMES && isTaken(error)) continue;
      throw new SophiaError('unavailable', {
        message: `the artifact ${name} could not be uploaded: ${messageOf(error)}`,
        hint: 'the report is still in the job; run the job again if you need the artifact',
        cause: error,
      });
    }
  }
}

const isTaken = (error: unknown) => /\(409\)|conflict|already exists/i.test(messageOf(error));
