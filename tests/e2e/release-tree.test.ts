import { existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { ACTION_NAMES } from '@sophia/core/report/envelope';
import { parse } from 'yaml';

import { releaseDirectory, runBundle } from './run-bundle.ts';

const root = resolve(import.meta.dirname, '../..');
const text = (...path: string[]) => readFileSync(join(...path), 'utf8');

interface ActionYaml {
  readonly inputs: Record<string, { description: string }>;
  readonly outputs: Record<string, { description: string }>;
  readonly runs: { using: string; main: string; post?: string };
}

describe.each(ACTION_NAMES)('%s in the release tree', (name) => {
  const folder = join(releaseDirectory, name);
  const action = parse(text(folder, 'action.yml')) as ActionYaml;

  test('names files that are there', () => {
    expect(action.runs.using).toBe('node24');
    expect(existsSync(join(folder, action.runs.main))).toBe(true);
    if (action.runs.post !== undefined) expect(existsSync(join(folder, action.runs.post))).toBe(true);
  });

  test('describes every input and output', () => {
    const all = [...Object.values(action.inputs), ...Object.values(action.outputs)];
    for (const { description } of all) expect(description.trim()).toMatch(/^.{8,}\.?$/s);
    expect(Object.keys(action.outputs)).toEqual(expect.arrayContaining(['status', 'report-path']));
  });

  test('holds no path of the machine that built it', () => {
    const files = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.js'),
    );
    for (const file of files) expect(text(folder, 'dist', file).includes(`${root}/`)).toBe(false);
  });

  test('refuses an empty environment with one message, a hint and a report, and no stack', async () => {
    const run = await runBundle({ action: name });
    expect(run.exitCode).toBe(1);
    // The title is the word under which docs/troubleshooting.md says more.
    expect(run.stdout).toMatch(/^::error title=(usage|configuration)::.*hint: /m);
    expect(run.stdout + run.stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
    expect(run.outputs['status']).toBe('failure');
    const report = JSON.parse(text(run.outputs['report-path'] ?? '')) as Record<string, unknown>;
    expect(report).toMatchObject({ schema: 'sophia-report/1', kind: name, status: 'failure', items: [] });
  });

  test('names every bad input at once, before anything happens', async () => {
    const run = await runBundle({
      action: name,
      inputs: { 'upload-artifact': 'perhaps', environment: 'A B', 'deployment-id': '../x' },
    });
    expect(run.exitCode).toBe(1);
    for (const input of ['upload-artifact', 'environment', 'deployment-id'])
      expect(run.stdout).toContain(`input "${input}": expected`);
  });

  test('shows errors of the configuration with file, line and column', async () => {
    const run = await runBundle({
      action: name,
      inputs: { 'config-inline': 'checks:\n  a: { kind: htp }\n', reports: '*.json' },
    });
    // pr-report reads no configuration: its reports are its input.
    if (name === 'pr-report') return expect(run.stdout).not.toContain('config-inline:2:');
    expect(run.stdout).toContain(
      'config-inline:2:8: checks.a.kind: unknown kind "htp"; did you mean "http"?',
    );
    expect(run.exitCode).toBe(1);
  });
});

describe('beside the actions', () => {
  test.each(['master-deployment.yml', 'health-gate.yml'])(
    'the workflow %s is the same, byte for byte',
    (file) => {
      expect(text(releaseDirectory, '.github/workflows', file)).toBe(text(root, '.github/workflows', file));
    },
  );

  test('there are the licence, the licences of what is bundled, and the schemas', () => {
    expect(text(releaseDirectory, 'LICENSE')).toContain('MIT License');
    const licences = text(releaseDirectory, 'THIRD-PARTY-LICENSES.txt');
    for (const name of ['openai', '@anthropic-ai/sdk', 'snowflake-sdk', 'zod', '@actions/artifact'])
      expect(licences).toContain(`\n${name} `);
    expect(JSON.parse(text(releaseDirectory, 'schemas/sophia.schema.json'))).toHaveProperty(
      'properties.checks',
    );
  });

  test('every licence has its text, in its own section or in another one', () => {
    const parts = text(releaseDirectory, 'THIRD-PARTY-LICENSES.txt').split(
      /^-{80}\n(\S+) \S+ \(.*\)\n-{80}\n/m,
    );
    const bodies = new Map<string, string>();
    for (let at = 1; at < parts.length; at += 2) bodies.set(parts[at] ?? '', parts[at + 1] ?? '');
    expect(bodies.size).toBeGreaterThan(300);
    // An optional peer, which is in every bundle that has `debug`.
    expect([...bodies.keys()]).toContain('supports-color');
    const elsewhere = [...bodies.values()].flatMap(
      (body) => /whose text stands here: (.+)\./.exec(body)?.[1] ?? [],
    );
    const places = elsewhere.flatMap((list) => list.split(', ').map((one) => one.split(' under ')[1] ?? ''));
    expect(places.filter((place) => (bodies.get(place)?.length ?? 0) < 500)).toEqual([]);
    const bare = [...bodies].filter(([, body]) => body.trim().length < 100).map(([name]) => name);
    // The manifest names none; it comes with @actions/artifact.
    expect(bare).toEqual(['buffers']);
  });

  test('the CLI runs with nothing installed beside it', async () => {
    const { spawnSync } = await import('node:child_process');
    const cwd = mkdtempSync(join(tmpdir(), 'sophia-cli-'));
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(releaseDirectory, 'cli/index.js'), '--help'],
      { cwd, encoding: 'utf8' },
    );
    expect(status).toBe(0);
    for (const command of ['secrets', 'gate', 'deploy', 'rollback', 'mcp', 'report', 'journal', 'workflow'])
      expect(stdout).toContain(`  ${command} `);
  });
});
