import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { configured, folder, sophia } from './cli-workspace.ts';

describe('sophia journal verify', () => {
  test('a missing one is 2, one that is no journal 1', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'j.jsonl'), '{"seq":1}\n{"seq":2}\n');
    expect((await sophia(['journal', 'verify', 'none.jsonl'], cwd)).exitCode).toBe(2);
    expect((await sophia(['journal', 'verify', 'j.jsonl'], cwd)).exitCode).toBe(1);
  });
});

describe('sophia rollback', () => {
  test('--to previous goes back past a journal that was edited, which it names', async () => {
    const cwd = configured(
      "deployment: { phases: [{ name: a, steps: [{ name: b, run: 'echo up > state', undo: 'echo down > state' }] }] }",
    );
    const deploy = (id: string) => sophia(['deploy', '--deployment-id', id], cwd);
    expect([(await deploy('one')).exitCode, (await deploy('two')).exitCode]).toEqual([0, 0]);
    const journal = join(cwd, 'logs/deployments/one.jsonl');
    writeFileSync(journal, readFileSync(journal, 'utf8').replace('"exitCode":0', '"exitCode":1'));
    const run = await sophia(['rollback', '--to', 'previous'], cwd);
    expect(run.stderr).toMatch(/one\.jsonl cannot be trusted: broken at line \d+/);
    expect([run.exitCode, readFileSync(join(cwd, 'state'), 'utf8')]).toEqual([0, 'down\n']);
  });

  test('a deployment that failed says where its log is, and which secret was not set', async () => {
    const cwd = configured(
      'deployment: { phases: [{ name: a, steps: [{ name: b, run: exit 3, secrets: [NO_TOKEN] }] }] }',
    );
    const run = await sophia(['deploy', '--deployment-id', 'one'], cwd);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('exit code 3 (of its secrets not set: NO_TOKEN)');
    expect(run.stderr).toContain(`the log is ${join(realpathSync(cwd), 'logs/deployments/one.log')}`);
  });
});
