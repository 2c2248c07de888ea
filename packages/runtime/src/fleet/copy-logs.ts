import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Session } from '../host/session.ts';

const FOLDER = 'logs/mcp';

/** Copies the logs of the servers into the workspace, for the artifact. @returns their paths from the working directory */
export async function copyLogs(session: Session, stateDirectory: string): Promise<readonly string[]> {
  const from = join(stateDirectory, 'logs');
  const names = await readdir(from).catch(() => []);
  const sources = [
    ...names.map((name) => [name, join(from, name)]),
    ['events.jsonl', join(stateDirectory, 'events.jsonl')],
  ];
  const copied: string[] = [];
  for (const [name = '', path = ''] of sources) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    await session.host.files.write(join(session.directory, FOLDER, name), text);
    copied.push(`${FOLDER}/${name}`);
  }
  return copied;
}
