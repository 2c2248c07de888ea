import { readFile } from 'node:fs/promises';

import type { JournalEvent } from '@sophia/core/deploy/event';

import type { Workspace } from './deploy-phase-workspace.ts';
import type { BundleRequest } from './run-bundle.ts';

const journalPath = (work: Workspace, deploymentId: string) =>
  work.path(`logs/deployments/${deploymentId}.jsonl`);

/** @returns how many whole lines the journal has. */
export const lineCount = async (work: Workspace, deploymentId: string): Promise<number> =>
  (await readFile(journalPath(work, deploymentId), 'utf8').catch(() => '')).split('\n').length - 1;

/** @returns the events of a journal whose last line may be torn. */
export const eventsSoFar = async (work: Workspace, deploymentId: string): Promise<readonly JournalEvent[]> =>
  (await readFile(journalPath(work, deploymentId), 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as JournalEvent);

/**
 * Runs a deployment and kills it with SIGKILL as soon as its journal has that many lines.
 *
 * @returns false where it ended before, or was killed between its last line and its end
 */
export async function killAtLine(
  work: Workspace,
  lines: number,
  request: Partial<BundleRequest> & { readonly inputs: { readonly 'deployment-id': string } },
): Promise<boolean> {
  const id = request.inputs['deployment-id'];
  let isOver = false;
  const { exitCode } = await work.deploy({
    ...request,
    onStart: ({ kill }) => {
      const poll = async () => {
        if ((await lineCount(work, id)) >= lines) kill('SIGKILL');
        else if (!isOver) setTimeout(() => void poll(), 1);
      };
      void poll();
    },
  });
  isOver = true;
  const events = await eventsSoFar(work, id);
  return exitCode === null && !events.some(({ type }) => type === 'deployment.finished');
}
