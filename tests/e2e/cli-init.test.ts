import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { folder, sophia } from './cli-workspace.ts';

describe('sophia init', () => {
  test('writes a configuration that holds and the caller, once', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'package.json'), JSON.stringify({ scripts: { test: 'node --test' } }));
    writeFileSync(join(cwd, '.env.example'), 'OPENAI_API_KEY=\n');
    const first = await sophia(['init', '--organisation', 'acme'], cwd);
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(readFileSync(join(cwd, '.github/sophia.yml'), 'utf8')).toContain(
      'acme/default/sophia-ai-${SOPHIA_ENVIRONMENT}',
    );
    const caller = parse(
      readFileSync(join(cwd, '.github/workflows/sophia-master-deployment.yml'), 'utf8'),
    ) as Record<string, unknown>;
    expect(caller['name']).toBe('Sophia AI Master Deployment Pipeline');
    expect(caller).toHaveProperty('jobs.deploy.with.oidc-organization', 'acme');
    const second = await sophia(['init'], cwd);
    expect(second.exitCode).toBe(2);
    expect(second.stderr).toMatch(/are there already[^]*--force/);
    const gate = await sophia(['gate', '--environment', 'staging', '--json'], cwd);
    expect(JSON.parse(gate.stdout)).toMatchObject({
      items: [{ name: 'openai', category: 'configuration' }, { name: 'secrets' }],
    });
  });
});

test('sophia init says in words what it cannot write', async () => {
  const cwd = folder();
  writeFileSync(join(cwd, '.github'), '');
  const run = await sophia(['init'], cwd);
  expect([run.exitCode, run.stdout]).toEqual([1, '']);
  expect(run.stderr).toMatch(
    /error: cannot write .*sophia\.yml: a file is where a folder should be\n {2}hint:/,
  );
});
