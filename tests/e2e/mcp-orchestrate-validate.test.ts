import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { freePorts } from './free-ports.ts';
import { everything, misbehaving, startJob } from './mcp-orchestrate-job.ts';

const node = process.execPath;

describe('mcp-orchestrate', () => {
  test('validate names each contradiction with its line, and starts nothing', async () => {
    const job = await startJob(undefined);
    const registry = {
      servers: { memory: 9000, agent: 9000, tool: 70_000 },
      startup_order: ['memory', 'ghost'],
    };
    await writeFile(join(job.directory, 'ports.json'), JSON.stringify(registry, undefined, 2));
    const run = await job.run({ inputs: { mode: 'validate', registry: 'ports.json' } });
    expect(run.exitCode).toBe(1);
    expect(run.outputs['status']).toBe('failure');
    expect(run.stdout).toContain('::error file=ports.json,line=4,col=5,title=agent::');
    expect((await job.report()).details.findings.map(({ rule }: { rule: string }) => rule)).toEqual([
      'double-port',
      'impossible-port',
      'ghost-name',
    ]);
  });

  test('validate holds fleet, registry, commands, ranges and the machine against each other', async () => {
    const [own = 0, other = 0, taken = 0, stranger = 0] = (await freePorts(4)).toSorted((a, b) => a - b);
    const foreign = [taken, stranger].map((port) => createServer().listen(port, '127.0.0.1'));
    const command = [node, everything, 'streamableHttp'];
    const servers = {
      moved: { 'working-directory': '.', command, port: own },
      told: { 'working-directory': '.', command: [...command, '--port', '1'] },
      thief: { 'working-directory': '.', command, port: taken },
    };
    const registry = {
      servers: { moved: own + 1, told: other, owner: taken, remote: 'http://203.0.113.7:9000' },
      reserved_ranges: { high: `${other}, ${stranger}` },
    };
    const job = await startJob({ version: 1, mcp: { registry: 'ports.json', servers } });
    await writeFile(join(job.directory, 'ports.json'), JSON.stringify(registry, undefined, 2));
    const run = await job.run({ inputs: { mode: 'validate' } });
    const holder = `pid ${process.pid} `;
    const { findings } = (await job.report()).details;
    const brief = findings.map((found: { level: string; rule: string; server: string; message: string }) =>
      [found.level, found.rule, found.server, found.message.includes(holder) ? 'by whom' : '']
        .join(' ')
        .trim(),
    );
    expect(brief.filter((line: string) => !line.startsWith('warning out-of-range'))).toEqual([
      'failure contradiction told',
      'failure contradiction moved',
      'failure double-port thief',
      'warning unregistered thief',
      'warning port-in-use thief by whom',
      'warning unregistered-listener  by whom',
    ]);
    expect(brief).toContain('warning out-of-range moved');
    expect(run.outputs['status']).toBe('failure');
    expect(run.stdout).toMatch(/::error file=config-inline,line=1,col=\d+,title=moved::/);
    const alone = await job.run({
      inputs: { mode: 'validate', registry: 'ports.json', 'config-inline': '' },
    });
    expect(alone.outputs['status']).toBe('warning');
    expect(alone.stdout).toContain(`port ${taken} is taken by ${holder}`);
    for (const server of foreign) server.close();
    expect(job.left()).toEqual([]);
  });

  test('validate beside a running fleet says where that one is another', async () => {
    const [first = 0, second = 0] = await freePorts(2);
    const command = [node, misbehaving, '--second-port'];
    const config = (port: number) =>
      JSON.stringify({ version: 1, mcp: { servers: { one: { 'working-directory': '.', command, port } } } });
    const job = await startJob(undefined);
    const write = (port: number) => writeFile(join(job.directory, 'sophia.yml'), config(port));
    const inputs = { config: 'sophia.yml' };
    await write(first);
    const started = await job.run({ inputs });
    expect(started.outputs['healthy']).toBe('1');
    const same = await job.run({ inputs: { ...inputs, mode: 'validate' } });
    expect(same.stdout).toMatch(/title=one::listens on ports that nobody gave it: \d+/);
    expect(same.stdout).not.toContain(`port ${first} is taken`);
    await write(second);
    const changed = await job.run({ inputs: { ...inputs, mode: 'validate' } });
    expect(changed.stdout).toContain(`runs with port ${first}, and is given ${second} now`);
    await job.run({ entry: 'post', state: started.state, inputs });
    expect(job.left()).toEqual([]);
  }, 60_000);
});
