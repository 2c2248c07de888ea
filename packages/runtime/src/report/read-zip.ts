import { unzipSync } from 'fflate';

import type { Found } from './find-files.ts';
import { LARGEST_FILE_BYTES } from './find-files.ts';

/** All files of one artifact together; beyond it the rest is listed. */
const LARGEST_TOTAL_BYTES = 256 * 1024 * 1024;
const MOST_ENTRIES = 5_000;

/** What lies beside reports in an artifact and is none: logs, pages, pictures. Not even listed. */
const OTHER_FILES = /\.(log|txt|md|html?|css|m?js|map|png|jpe?g|gif|svg|zip|tgz|gz|tar)$/i;

const problem = (path: string, detail: string) => ({ path, why: 'unreadable', detail }) as const;

/**
 * Reads an artifact's zip in memory. Nothing is written to the disk, so an entry named `../../x` can overwrite nothing;
 * it is refused all the same, as are entries that say that they are too large, or turn out to be larger than they say.
 *
 * @throws Error where the zip is broken
 */
export function readZip(artifact: string, zip: Uint8Array): Found {
  const listed: ReturnType<typeof problem>[] = [];
  let total = 0;
  let entries = 0;
  const files = unzipSync(zip, {
    filter: ({ name, originalSize }) => {
      entries += 1;
      if (name.endsWith('/') || OTHER_FILES.test(name)) return false;
      const path = `${artifact}/${name}`;
      if (isUnsafe(name)) listed.push(problem(path, 'its name leads out of the artifact'));
      else if (originalSize > LARGEST_FILE_BYTES) listed.push(problem(path, 'larger than 64 MB'));
      else if (entries > MOST_ENTRIES || total + originalSize > LARGEST_TOTAL_BYTES)
        listed.push(problem(path, 'the artifact has too many or too large files'));
      else {
        total += originalSize;
        return true;
      }
      return false;
    },
  });
  const decoder = new TextDecoder();
  const sources = Object.entries(files).map(([name, bytes]) => ({
    path: `${artifact}/${name}`,
    text: decoder.decode(bytes),
  }));
  return { sources: sources.toSorted((a, b) => a.path.localeCompare(b.path)), listed };
}

const isUnsafe = (name: string) => /^[/\\]|^[A-Za-z]:|\\|\0/.test(name) || name.split('/').includes('..');
