import { mkdtemp, readFile, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { beforeAll, describe, expect, test } from '@jest/globals';

import { releaseDirectory, runBundle } from './run-bundle.ts';

// Which chunks the bundle reads is a question to the bundle, also while coverage is measured.
delete process.env['SOPHIA_COVERAGE_TREE'];

const dist = join(releaseDirectory, 'health-gate/dist');
const SDK_KINDS = ['openai', 'anthropic', 'pinecone', 'snowflake', 'postgres', 'mcp'] as const;
const PLAIN_KINDS = ['http', 'tcp', 'dns', 'tls', 'gong', 'vercel', 'pulumi', 'redis', 'docker'] as const;
type Kind = (typeof SDK_KINDS)[number] | (typeof PLAIN_KINDS)[number];

/** Nobody is asked: what is missing or no URL ends a check at once, after its modules were loaded. */
const KEYS: Partial<Record<Kind, string>> = {
  http: ', url: x',
  mcp: ', url: x',
  tcp: ', host: 127.0.0.1, port: 1',
  dns: ', host: localhost',
  tls: ', host: 127.0.0.1, port: 1',
  docker: ', host: x',
};

/** Runs a gate of one check, and tells which files of the bundle were loaded (V8 lists them for its coverage). */
async function chunksOf(kind: Kind): Promise<ReadonlySet<string>> {
  const folder = await mkdtemp(join(tmpdir(), 'sophia-coverage-'));
  await runBundle({
    action: 'health-gate',
    inputs: {
      'config-inline': `version: 1\nchecks: { it: { kind: ${kind}, retries: 0${KEYS[kind] ?? ''} } }\n`,
    },
    variables: { NODE_V8_COVERAGE: folder },
  });
  const [file = ''] = await readdir(folder);
  const { result } = JSON.parse(await readFile(join(folder, file), 'utf8')) as { result: { url: string }[] };
  return new Set(result.filter(({ url }) => url.includes(dist)).map(({ url }) => basename(url)));
}

const sizeOf = async (chunk: string) => (await stat(join(dist, chunk))).size;

/** An SDK is at least so large, and nothing of ours in this bundle that one kind alone needs is. */
const SDK_BYTES = 90_000;

describe('the bundle of health-gate loads no SDK that no check needs', () => {
  const chunks = new Map<Kind, ReadonlySet<string>>();
  const sdkChunks = new Map<Kind, readonly string[]>();

  beforeAll(async () => {
    for (const kind of [...PLAIN_KINDS, ...SDK_KINDS]) chunks.set(kind, await chunksOf(kind));
    for (const kind of SDK_KINDS) {
      const own = [...(chunks.get(kind) ?? [])].filter((chunk) => chunks.get('http')?.has(chunk) !== true);
      const sizes = await Promise.all(own.map(sizeOf));
      sdkChunks.set(
        kind,
        own.filter((_, index) => (sizes[index] ?? 0) >= SDK_BYTES),
      );
    }
  }, 60_000);

  test.each(SDK_KINDS)('%s has an SDK of its own, which no other kind loads', (kind) => {
    const own = sdkChunks.get(kind) ?? [];
    expect(own).not.toEqual([]);
    const others = SDK_KINDS.filter((other) => other !== kind);
    const alone = own.filter((chunk) => !others.some((other) => chunks.get(other)?.has(chunk) === true));
    expect(alone).not.toEqual([]);
  });

  test.each(PLAIN_KINDS)('a gate of kind %s loads none of them', (kind) => {
    const loaded = [...(chunks.get(kind) ?? [])];
    expect(loaded).toContain('index.js');
    const sdks = new Set([...sdkChunks.values()].flat());
    expect(loaded.filter((chunk) => sdks.has(chunk))).toEqual([]);
  });
});
