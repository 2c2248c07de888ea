// A program that speaks as much of docker and buildx as the engine uses, over a registry that is a file: for quick
// tests; the real buildx is tested in deploy-phase-docker.long.test.ts.
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { argv, die, flag, openWorld, saveWorld } from './fake-world.ts';

export interface DockerWorld {
  /** `image:tag` to digest. */
  tags: Record<string, string>;
  /** Every digest that the registry holds. */
  digests: string[];
  /** Values of secrets that builds have seen, by id. */
  secrets: Record<string, string>;
}

const world = openWorld<DockerWorld>();
const [, verb, what] = argv;
const last = argv.at(-1) ?? '';

if (verb === 'version') process.stdout.write('github.com/docker/buildx v0.38.2\n');
else if (verb === 'build') build();
else if (verb === 'imagetools' && what === 'inspect') inspect(argv[3] ?? '');
else if (verb === 'imagetools' && what === 'create') create();
else die(`unknown command: docker ${argv.join(' ')}`);

function build(): void {
  if (!existsSync(join(last, 'Dockerfile')))
    die('ERROR: failed to build: failed to solve: failed to read dockerfile: open Dockerfile: no such file');
  const digest = `sha256:${createHash('sha256').update(String(world.digests.length)).digest('hex')}`;
  world.digests.push(digest);
  for (const word of argv.filter((one) => one.startsWith('--tag='))) world.tags[word.slice(6)] = digest;
  for (const word of argv.filter((one) => one.startsWith('--secret='))) {
    const [id = '', variable = ''] = word.replace('--secret=id=', '').split(',env=');
    world.secrets[id] = process.env[variable] ?? '';
  }
  saveWorld(world);
  const metadata = { 'containerimage.digest': digest };
  writeFileSync(flag('metadata-file') ?? '', JSON.stringify(metadata));
  process.stderr.write(`#1 pushing ${digest}\n#1 DONE 0.0s\n`);
}

function inspect(reference: string): void {
  const digest = world.tags[reference];
  if (digest === undefined) die(`ERROR: ${reference}: not found`);
  process.stdout.write(digest);
}

function create(): void {
  const digest = last.replace(/^.*@/, '');
  if (!world.digests.includes(digest)) die(`ERROR: ${last}: not found`);
  world.tags[flag('tag') ?? ''] = digest;
  saveWorld(world);
}
