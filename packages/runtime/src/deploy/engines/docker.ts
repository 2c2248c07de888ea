import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { builtDigest, inspectedDigest, parseDigests } from '@sophia/core/deploy/engines/docker-answers';
import { buildWords, digestWords, pointWords, tagged } from '@sophia/core/deploy/engines/docker-commands';
import type { DockerSettings } from '@sophia/core/deploy/engines/docker-settings';
import { DOCKER_SAYS, judgeDocker } from '@sophia/core/deploy/engines/judge-docker';
import type { Words } from '@sophia/core/deploy/engines/engine-commands';

import { endedBadly, endedWell } from '../acts.ts';
import type { Engine, EngineContext } from './engine.ts';
import { endOf, GivenUp, runJudged } from './run-judged.ts';

type Context = EngineContext<DockerSettings>;

/** Builds an image, pushes it, and goes back by pointing its tags at what they pointed at before. */
export const dockerEngine: Engine<DockerSettings> = {
  before: (context) =>
    endOf('docker', async () => {
      const digests: Record<string, string> = {};
      for (const tag of context.settings.tags) digests[tag] = await digestOf(context, tag);
      return endedWell({ digests: JSON.stringify(digests) });
    }),

  run: (context) =>
    endOf('docker', async () => {
      const digest = await build(context);
      return endedWell({ digest, reference: `${context.settings.image}@${digest}` });
    }),

  undo: (context) =>
    endOf('docker', async () => {
      const { digests } = context.captured;
      if (digests === undefined) return endedBadly('protocol', 'the journal does not hold the state before');
      for (const [tag, digest] of Object.entries(parseDigests(digests))) {
        await pointBack(context, tag, digest);
      }
      return endedWell();
    }),
};

async function build(context: Context): Promise<string> {
  const folder = await mkdtemp(
    join(context.session.host.variables['RUNNER_TEMP'] ?? tmpdir(), 'sophia-docker-'),
  );
  try {
    const file = join(folder, 'metadata.json');
    await docker(context, buildWords(context.settings, file));
    return builtDigest(await readFile(file, 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Each tag is looked at first: an undo that was killed is done again, and what was never pushed needs none. */
async function pointBack(context: Context, tag: string, digest: string): Promise<void> {
  const now = await digestOf(context, tag);
  if (now === digest) return;
  if (digest === '') {
    context.say(
      'WARNING',
      `${tagged(context.settings, tag)} was not there before, and stays: docker deletes no tags`,
    );
    return;
  }
  await docker(context, pointWords(context.settings, tag, digest));
  const reached = await digestOf(context, tag);
  if (reached === digest) return;
  const message = `${tagged(context.settings, tag)} points at ${reached}, and not at ${digest}`;
  throw new GivenUp(endedBadly('assertion', message));
}

async function digestOf(context: Context, tag: string): Promise<string> {
  try {
    const digest = inspectedDigest(await docker(context, digestWords(context.settings, tag), true));
    if (digest !== undefined) return digest;
    throw new GivenUp(
      endedBadly('protocol', `${tagged(context.settings, tag)} has no digest that can be read`),
    );
  } catch (error) {
    if (error instanceof GivenUp && error.attempt.category === 'not-found') return '';
    throw error;
  }
}

const docker = (context: Context, words: Words, capture = false) =>
  runJudged(context, words, { capture, judge: judgeDocker, telling: DOCKER_SAYS });
