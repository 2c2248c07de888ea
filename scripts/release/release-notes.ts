import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { SophiaError } from '@sophia/core/errors';

/** What a release is called, and what it says of itself. */
export interface ReleaseNotes {
  /** `1.2.3`, without a `v`. */
  readonly version: string;
  /** The version's section of CHANGELOG.md, without its heading. */
  readonly notes: string;
}

const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;

/**
 * Reads the version of package.json and its section of CHANGELOG.md.
 *
 * @throws SophiaError `configuration` for a version that is none, or that the changelog says nothing of
 */
export function readReleaseNotes(root: string): ReleaseNotes {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  if (!VERSION.test(version)) {
    throw new SophiaError('configuration', {
      message: `package.json has the version "${version}", expected three numbers such as 1.2.3`,
      hint: 'a release has no suffix: people pin it by its three numbers, or follow its first',
    });
  }
  const sections = readFileSync(join(root, 'CHANGELOG.md'), 'utf8').split(/^## /m);
  const section = sections.find((text) => text.split(/\s/, 1)[0] === version);
  const notes = section?.split('\n').slice(1).join('\n').trim() ?? '';
  if (notes !== '') return { version, notes };
  throw new SophiaError('configuration', {
    message: `CHANGELOG.md says nothing of version ${version}`,
    hint: `add a section "## ${version}" that says what changes for users`,
  });
}

/** @returns the tag that users follow: `v1` of `1.2.3`. */
export const movingTag = (version: string): string => `v${version.split('.')[0] ?? ''}`;
