import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { configured, folder, sophia, upAndDown } from './cli-workspace.ts';

const server = upAndDown();

describe('sophia gate', () => {
  test('passes with 0, and --json prints the report and nothing else', async () => {
    const cwd = configured(`checks: { up: { kind: http, url: "${server.url}/up" } }`);
    const run = await sophia(['gate', '--json'], cwd);
    expect(run.exitCode).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({
      kind: 'health-gate',
      status: 'success',
      items: [{ name: 'up', status: 'success' }],
    });
    expect(JSON.parse(readFileSync(join(cwd, 'health_gate_report.json'), 'utf8'))).toEqual(
      JSON.parse(run.stdout),
    );
  });

  test('a mistyped environment is nobody’s fault but the option’s', async () => {
    const run = await sophia(
      ['gate', '--environment', 'prod'],
      configured('environments: { production: {} }'),
    );
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(
      /"prod" is not listed[^]*did you mean "production"[^]*set --environment to one/,
    );
    expect(run.stderr).not.toContain('correct .github/sophia.yml');
  });

  test('what is no report of a gate is not judged again, and why is said in a line', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'package.json'), '{}');
    writeFileSync(join(cwd, 'text'), 'FROM scratch\n');
    const runs = await Promise.all(
      ['package.json', 'text'].map((path) => sophia(['gate', '--replay', path], cwd)),
    );
    expect(runs.map(({ stderr }) => stderr.split('\n')[0])).toEqual([
      'error: the file is no report of a gate: it is JSON, but no report',
      expect.stringContaining('the file is no report of a gate: it is not JSON ('),
    ]);
  });

  test('fails with 1, and shows what and what to do', async () => {
    const run = await sophia(
      ['gate'],
      configured(`checks: { down: { kind: http, url: "${server.url}/down", retries: 0 } }`),
    );
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/failure\s+down\s+http/);
    expect(run.stdout).toMatch(/503/);
  });
});
