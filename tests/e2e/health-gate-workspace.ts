// What tests of the bundle of health-gate share: it runs over a few checks, and servers end with the test.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach } from '@jest/globals';

import { runBundle } from './run-bundle.ts';
import type { BundleRequest } from './run-bundle.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** @returns the server, which is closed after the test. */
export async function started<S extends { close: () => Promise<void> }>(starting: Promise<S>): Promise<S> {
  const server = await starting;
  closing.push(() => server.close());
  return server;
}

interface Item {
  readonly name: string;
  readonly status: string;
  readonly category: string | null;
  readonly message: string;
  readonly durationMs: number;
  readonly foldedUnder: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Checks by name, as the file has them. */
export type Checks = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Runs the bundle over some checks; `report` is what it wrote. */
export async function gate(checks: Checks, own: Partial<BundleRequest> = {}, more: object = {}) {
  const config = { version: 1, gate: { canaries: [], timeout: '20s' }, ...more, checks };
  const run = await runBundle({
    action: 'health-gate',
    ...own,
    inputs: { 'config-inline': JSON.stringify(config), ...own.inputs },
  });
  const text = await readFile(run.outputs['report-path'] ?? '', 'utf8');
  const report = JSON.parse(text) as {
    status: string;
    durationMs: number;
    items: Item[];
    metrics: Record<string, number>;
    details: Record<string, unknown>;
  };
  return { run, text, report, item: report.items[0] };
}

/** @returns one check of a web page. */
export const page = (url: string, more: object = {}) => ({ it: { kind: 'http', url, retries: 0, ...more } });

/** @returns the path of a new file. */
export async function temporary(name: string, text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'sophia-e2e-')), name);
  await writeFile(path, text);
  return path;
}

/** Runs before the bundle in its process: what the machine's resolver or clock would do. */
export const preload = async (code: string) => ({
  NODE_OPTIONS: `--require ${await temporary('preload.cjs', code)}`,
});

/** A resolver that gives these answers, one after the other. */
export const resolver = (answers: string) =>
  preload(`const dns = require('node:dns'); const answers = ${answers};
dns.lookup = (host, options, done) => {
  const address = answers.length > 1 ? answers.shift() : answers[0];
  process.nextTick(done, null, options.all ? [{ address, family: 4 }] : address, 4);
};
require('node:module').syncBuiltinESMExports();`);
