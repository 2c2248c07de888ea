import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { describe, expect, test } from '@jest/globals';

import { makeWorkspace, noted, until } from './deploy-phase-workspace.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.on('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

const SERVER = `
import { createServer } from 'node:http';
createServer((_, answer) => answer.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');
`;

describe('steps that are no programs', () => {
  test('a fleet is started by its step and stopped by its undo', async () => {
    const port = await freePort();
    const server = {
      command: [process.execPath, 'server.mjs'],
      'working-directory': '.',
      port,
      health: { http: '/health' },
    };
    const work = await makeWorkspace(
      {
        phases: [
          { name: 'servers', steps: [{ name: 'fleet', fleet: 'start', timeout: '30s' }] },
          {
            name: 'check',
            steps: [
              { name: 'gate', gate: ['web'] },
              { name: 'variables', 'require-env': ['HOME'] },
            ],
          },
        ],
      },
      {
        mcp: { servers: { web: server } },
        checks: {
          web: { kind: 'http', url: `http://127.0.0.1:${port}/`, expect: { status: 200 }, retries: 0 },
        },
      },
    );
    await writeFile(work.path('server.mjs'), SERVER);
    const run = await work.deploy({ inputs: { 'deployment-id': 'd1' } });
    const variables = { RUNNER_TEMP: run.runnerTemp };
    try {
      expect(run).toMatchObject({ exitCode: 0, outputs: { status: 'success' } });
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('ok');
    } finally {
      const back = await work.deploy({
        inputs: { phase: 'rollback', to: 'previous', 'deployment-id': 'd2' },
        variables,
      });
      expect(back).toMatchObject({ exitCode: 0, outputs: { status: 'rolled-back' } });
    }
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });

  test('a watch keeps looking after the deployment, and rolls it back when its checks turn red', async () => {
    const checks = { here: { kind: 'command', command: ['test', '!', '-f', 'red'], retries: 0 } };
    const work = await makeWorkspace(
      { watch: '3s', phases: [{ name: 'p', steps: [noted('a')] }] },
      { checks },
    );
    const well = await work.deploy({ inputs: { 'deployment-id': 'd1' } });
    expect(well).toMatchObject({ exitCode: 0, outputs: { status: 'success' } });
    expect(well.durationMs).toBeGreaterThan(3_000);
    const run = work.deploy({ inputs: { 'deployment-id': 'd2' } });
    await until(async () => (await work.world()).length === 2);
    await writeFile(work.path('red'), '');
    expect((await run).outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'watch/checks' });
    expect(await work.world()).toEqual(['+a', '+a', '-a']);
  });

  test('a red gate, and a variable that is not set, roll back what came before', async () => {
    const port = await freePort();
    const checks = { web: { kind: 'tcp', host: '127.0.0.1', port, retries: 0 } };
    const gate = await makeWorkspace(
      { phases: [{ name: 'p', steps: [noted('a'), { name: 'gate', gate: 'all' }] }] },
      { checks },
    );
    const red = await gate.deploy({ inputs: { 'deployment-id': 'd1' } });
    expect(red.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'p/gate' });
    expect(await gate.world()).toEqual(['+a', '-a']);
    expect((await gate.report('d1')).items[1]).toMatchObject({ status: 'failure', category: 'refused' });
    const steps = [
      noted('a'),
      { name: 'variables', 'require-env': ['HOME', 'NOT_THERE', 'EMPTY', 'STILL_TO_COME'] },
    ];
    const variables = await makeWorkspace({ phases: [{ name: 'p', steps }] });
    await variables.deploy({
      inputs: { 'deployment-id': 'd1' },
      variables: { EMPTY: '', STILL_TO_COME: 'PLACEHOLDER_x' },
    });
    expect((await variables.report('d1')).items[1]).toMatchObject({
      status: 'failure',
      category: 'configuration',
      message: 'not set: NOT_THERE, EMPTY, STILL_TO_COME',
    });
  });
});
