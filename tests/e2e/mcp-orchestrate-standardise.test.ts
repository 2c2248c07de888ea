import { createServer } from 'node:net';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import type { Report } from '@sophia/core/report/envelope';

import { runBundle } from './run-bundle.ts';

const fixture = resolve(import.meta.dirname, '../../packages/runtime/src/fleet/fixtures/server.mjs');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

const REGISTRY = `{
  "port_ranges": { "servers": "9000-9009" },
  "servers": { "memory": 9000,   "search":9000 },
  "startup_order": ["memory", "serch"]
}
`;

interface Options {
  /** Further flags of the server, and lines of its entry. */
  readonly flags?: string;
  readonly lines?: string;
}

async function workspace(registry = '', { flags = '', lines = '' }: Options = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'sophia standardise '));
  const port = await freePort();
  mkdirSync(join(directory, '.github'));
  const configuration = `# our fleet
mcp:
${registry === '' ? '' : '  registry: ports.json\n'}  root: .
  servers:
    memory: # keeps what agents learn
      working-directory: .
      command: ['${process.execPath}', '${fixture}'${flags}]
      port: ${port}
${lines}environments: { production: {} }
`;
  writeFileSync(join(directory, '.github/sophia.yml'), configuration);
  if (registry !== '') writeFileSync(join(directory, 'ports.json'), registry);
  const tracking = `github_${directory.slice(-6)}`;
  const run = (inputs: Record<string, string> = {}) =>
    runBundle({
      ...{ action: 'mcp-orchestrate', directory },
      inputs: { mode: 'standardise', 'upload-artifact': 'false', ...inputs },
      variables: { HOME: directory, RUNNER_TEMP: join(directory, 'temp'), RUNNER_TRACKING_ID: tracking },
    });
  const read = (path: string) => readFileSync(join(directory, path), 'utf8');
  const report = () => JSON.parse(read('mcp_status_report.json')) as Report;
  const left = () =>
    readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(tracking);
      } catch {
        return false;
      }
    });
  return { directory, configuration, run, read, report, left };
}

describe('mode standardise', () => {
  test('proposes a health endpoint that it has proven, writes it when told to, and then finds nothing', async () => {
    const { configuration, run, read, report, left } = await workspace();
    const proposed = await run();
    expect([proposed.exitCode, proposed.outputs['status']]).toEqual([0, 'warning']);
    expect(proposed.stdout).toContain('memory: proven healthy as declared');
    expect(proposed.stdout).toContain('+      health: { mcp: /mcp, http: /health }');
    expect(proposed.summary).toContain('1 correction proposed');
    expect(report().details['proposals']).toMatchObject([{ server: 'memory', file: '.github/sophia.yml' }]);
    expect(read('.github/sophia.yml')).toBe(configuration);

    const written = await run({ write: 'true' });
    expect([written.exitCode, written.outputs['status']]).toEqual([0, 'success']);
    expect(read('.github/sophia.yml')).toBe(
      configuration.replace(/( {6}port: \d+\n)/, '$1      health: { mcp: /mcp, http: /health }\n'),
    );

    const again = await run();
    expect([again.outputs['status'], report().details['proposals']]).toEqual(['success', []]);
    expect(left()).toEqual([]);
  });

  test('corrects a registry, keeps its form, and starts and writes nothing in a dry run', async () => {
    const { run, read, left } = await workspace(REGISTRY);
    const proposed = await run({ 'dry-run': 'true', write: 'true' });
    expect(proposed.outputs['status']).toBe('warning');
    expect(proposed.stdout).toContain('-  "servers": { "memory": 9000,   "search":9000 },');
    expect(proposed.stdout).toContain('+  "servers": { "memory": 9000,   "search":9001 },');
    expect(read('ports.json')).toBe(REGISTRY);
    await run({ write: 'true' });
    expect(read('ports.json')).toBe(
      REGISTRY.replace('"search":9000', '"search":9001').replace('serch', 'search'),
    );
    expect(left()).toEqual([]);
  });

  test('with a registry that has to be corrected first says that nothing was proven', async () => {
    const { run } = await workspace(REGISTRY);
    const { stdout } = await run();
    expect(stdout).toContain('health endpoints were not proven');
    expect(stdout).not.toContain('proven healthy as declared');
  });

  test('a health that is declared wrongly is found, and written in its place', async () => {
    const lines = '      ready-timeout: 2s\n      health: { mcp: /nowhere, http: /healthz } # a guess\n';
    const { configuration, run, read, left } = await workspace('', { flags: ", '--strict-paths'", lines });
    const written = await run({ write: 'true' });
    expect([written.exitCode, written.outputs['status']]).toEqual([0, 'success']);
    expect(written.stdout).toContain('does not become healthy as declared (mcp /nowhere, http /healthz)');
    expect(read('.github/sophia.yml')).toBe(
      configuration.replace('{ mcp: /nowhere, http: /healthz } #', '{ mcp: /mcp, http: /health } #'),
    );
    expect((await run()).summary).toContain('0 corrections proposed');
    expect(left()).toEqual([]);
  });

  test('a server that speaks over its pipes is told from one that is broken, and what is not proven is said', async () => {
    const stdio = await workspace('', { flags: ", '--stdio'", lines: '      ready-timeout: 2s\n' });
    expect((await stdio.run()).stdout).toContain('+      health: { stdio: true }');
    const broken = await workspace('', { flags: ", '--exit-0'", lines: '      ready-timeout: 2s\n' });
    const { outputs, stdout } = await broken.run();
    expect([outputs['status'], broken.report().details['proposals']]).toEqual(['warning', []]);
    expect(stdout).toContain('by hand: warning: its health was not proven');
    expect([...stdio.left(), ...broken.left()]).toEqual([]);
  });

  test('an .mcp.json alone is proven by starting it, and gets its health endpoint', async () => {
    const { directory, run, read, left } = await workspace();
    const port = await freePort();
    const entry = { command: process.execPath, args: [fixture, '--strict-paths'], port };
    const text = JSON.stringify(
      { mcpServers: { memory: entry, broken: { command: 'false' } } },
      undefined,
      2,
    );
    writeFileSync(join(directory, '.mcp.json'), text);
    const inputs = { config: '', registry: '.mcp.json', write: 'true' };
    rmSync(join(directory, '.github'), { recursive: true });
    const written = await run(inputs);
    expect([written.exitCode, written.outputs['status']]).toEqual([0, 'warning']);
    expect(written.stdout).toContain('memory: proven healthy as declared');
    expect(written.stdout).toContain('by hand: warning: its health was not proven');
    expect(read('.mcp.json')).toBe(
      text.replace(`"port": ${port}`, `"port": ${port},\n      "health_endpoint": "/health"`),
    );
    expect((await run(inputs)).summary).toContain('0 corrections');
    expect(left()).toEqual([]);
  });

  test('write is refused for another mode', async () => {
    const { run } = await workspace();
    const { exitCode, stdout } = await run({ mode: 'validate', write: 'true' });
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('`write` is for mode standardise only')]);
  });
});
