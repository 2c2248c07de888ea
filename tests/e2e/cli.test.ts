import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { programPath } from './run-bundle.ts';

interface CliRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const folder = () => mkdtempSync(join(tmpdir(), 'sophia cli ')); // with a space, as home folders have them

/** Runs the bundled CLI as `npx sophia` does. */
function sophia(
  args: readonly string[],
  cwd: string,
  variables: Record<string, string> = {},
): Promise<CliRun> {
  const child = spawn(process.execPath, [programPath('cli/index.js'), ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, NO_COLOR: '1', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((done) => child.on('close', (exitCode) => done({ exitCode, stdout, stderr })));
}

const configured = (text: string) => {
  const cwd = folder();
  mkdirSync(join(cwd, '.github'));
  writeFileSync(join(cwd, '.github/sophia.yml'), text);
  return cwd;
};

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) =>
    response.writeHead(request.url === '/up' ? 200 : 503).end('{"status":"ok"}'),
  );
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  url = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
});
afterAll(() => {
  server.close();
});

describe('usage', () => {
  test.each([
    [['gat'], /unknown command 'gat'/],
    [['gate', '--environmnt', 'x'], /unknown option '--environmnt'[^]*Did you mean --environment/],
    [
      ['gate', '--fail-on', 'nevr'],
      /--fail-on: expected one of critical, warning, never; did you mean "never"\?/,
    ],
    [
      ['gate', '--watch', '30s', '--replay', 'x'],
      /'--replay <value>' cannot be used with option '--watch <interval>'/,
    ],
    [['mcp', 'strt'], /Did you mean start[^]*sophia mcp --help/],
    [['workflow', 'run', 'nofile'], /there is no workflow file/],
    [['gate', '--working-directory', 'nofolder'], /--working-directory: nofolder is no folder/],
    [['rollback'], /set --deployment-id or --environment/],
    [['report'], /run `sophia gate` or `sophia deploy` first/],
    [['workflow', 'run', 'x.yml', '--input', 'a'], /--input: expected NAME=VALUE/],
    [['workflow', 'run', 'x.yml', '--input', 'a=b'], /--input: the event push has no inputs/],
    [['workflow', 'run', '.'], /there is no workflow file/],
    [
      ['deploy', '--plan-hash', 'abc'],
      /--plan-hash: expected the 64 hexadecimal digits that the dry run gave, got "abc"/,
    ],
    [['report', '--run-id', '1'], /unknown option '--run-id'[^]*sophia report --help/],
    [['gate', '--watch', '--environment', 'x'], /'--environment' is invalid. That is another option/],
    [['gate', '--config', '.'], /cannot read .*: it is a folder/],
    [['gate', '--replay', '.'], /\. cannot be read: it is a folder/],
    [['gate', '--force'], /--force needs a reason[^]*say in --force-reason/],
    [['mcp', 'stop', '--write'], /unknown option '--write'[^]*sophia mcp stop --help/],
    [['init', '--organisation', 'a b'], /--organisation: expected the name of an organisation/],
    [['mcp', 'logs'], /missing required argument 'server'[^]*sophia mcp logs --help/],
  ])('%j exits 2 with words and no stack', async (args, expected) => {
    const run = await sophia(args, folder());
    expect(run.stderr).toMatch(expected);
    expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(run.stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
  });

  test('no configuration is an error that says how to get one', async () => {
    const run = await sophia(['gate'], folder());
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(/there is no configuration[^]*sophia init/);
  });

  test('secrets are no options: other processes could read them', async () => {
    const { stdout } = await sophia(['secrets', '--help'], folder());
    expect(stdout).toContain('--esc-environment');
    expect(stdout).not.toContain('--access-token');
  });
});

test('help says what an option takes and means by itself, in words', async () => {
  const { stdout } = await sophia(['gate', '--help'], folder());
  const words = stdout.replace(/\s+/g, ' ');
  expect(words).toContain('One of `critical`, `warning`, `never`. Default: `critical`.');
  expect(words).not.toContain('preset');
});

test('help lists only what means something at a terminal', async () => {
  const optionsOf = async (command: string) => {
    const { stdout } = await sophia([command, '--help'], folder());
    return [...stdout.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name]) => name);
  };
  const always = ['working-directory', 'json', 'debug'];
  const report = ['reports', 'message', 'dashboard', 'history', 'fail-on', 'environment', ...always, 'open'];
  expect(await optionsOf('report')).toEqual(report);
  expect(await optionsOf('dashboard')).toEqual(report);
  const ofRollback = ['to', 'dry-run', 'journal', 'config', 'environment', 'deployment-id', ...always];
  expect(await optionsOf('rollback')).toEqual(ofRollback);
  const ofSecrets = ['esc-environment', 'cloud-url', 'secrets', 'on-missing', 'config', 'environment'];
  expect(await optionsOf('secrets')).toEqual([...ofSecrets, 'deployment-id', ...always]);
});

describe('sophia gate', () => {
  test('passes with 0, and --json prints the report and nothing else', async () => {
    const cwd = configured(`checks: { up: { kind: http, url: "${url}/up" } }`);
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
      configured(`checks: { down: { kind: http, url: "${url}/down", retries: 0 } }`),
    );
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/failure\s+down\s+http/);
    expect(run.stdout).toMatch(/503/);
  });
});

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

describe('sophia mcp render', () => {
  const FLEET = `mcp:
  root: .
  servers:
    ai_memory: { command: [node, a.js], port: 9000, secrets: [OPENAI_API_KEY], env: { KEY: '\${OPENAI_API_KEY}' } }
    search: { command: [node, b.js, '--key=\${OPENAI_API_KEY}'], port: 9001, needs: [ai_memory] }
environments: { production: {} }
`;
  const secret = { OPENAI_API_KEY: 'sk-fake-planted-0001' };

  test.each(['compose', 'kubernetes', 'toolhive'])(
    '%s goes to stdout, what is lost to stderr, no secret anywhere',
    async (format) => {
      const run = await sophia(
        ['mcp', 'render', '--format', format, '--image', 'search=acme/search:1'],
        configured(FLEET),
        secret,
      );
      expect(run.exitCode).toBe(0);
      expect(run.stdout).toContain('acme/search:1');
      expect(run.stdout).toContain('OPENAI_API_KEY');
      expect(run.stderr).toContain(
        'not said: ai_memory: its image; say it under mcp.servers, or with --image SERVER=IMAGE',
      );
      expect(run.stdout + run.stderr).not.toContain('planted');
    },
  );

  test('takes images from the configuration, and the option before them', async () => {
    const cwd = configured(
      FLEET.replace('port: 9000,', 'port: 9000, image: "acme/memory:${TAG:-7}",').replace(
        'port: 9001,',
        'port: 9001, image: acme/search:7,',
      ),
    );
    const run = await sophia(
      ['mcp', 'render', '--format', 'compose', '--image', 'search=acme/search:8'],
      cwd,
    );
    expect(run.stdout).toContain('image: acme/memory:7');
    expect(run.stdout).toContain('image: acme/search:8');
    expect(run.stderr).not.toContain('its image; say');
  });

  test('writes a file a server into a folder', async () => {
    const cwd = configured(FLEET);
    const run = await sophia(['mcp', 'render', '--format', 'kubernetes', '--output', 'cluster/'], cwd);
    expect([run.exitCode, run.stdout]).toEqual([0, '']);
    expect(run.stderr).toContain('wrote cluster/ai-memory.yaml\nwrote cluster/search.yaml\n');
    expect(readFileSync(join(cwd, 'cluster/search.yaml'), 'utf8')).toContain('name: wait-1-for-ai-memory');
  });

  test('says what it expects', async () => {
    const cwd = configured(FLEET);
    const wrong = [
      ['--format', 'composer'],
      [],
      ['--format', 'compose', '--image', 'serch=x'],
      ['--format', 'compose', '--image', 'x'],
    ];
    const runs = await Promise.all(wrong.map((args) => sophia(['mcp', 'render', ...args], cwd)));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2, 2]);
    expect(runs.map(({ stderr }) => stderr.split('\n')[0])).toEqual([
      expect.stringContaining('Allowed choices are compose, kubernetes, toolhive'),
      expect.stringContaining("required option '--format <format>'"),
      expect.stringContaining('no server is named "serch"; did you mean "search"?'),
      expect.stringContaining('--image: expected SERVER=IMAGE, got "x"'),
    ]);
  });
});

describe('sophia dashboard', () => {
  test('says where its page is, and what could not be read', async () => {
    const cwd = configured(`checks: { up: { kind: http, url: "${url}/up" } }`);
    await sophia(['gate'], cwd);
    writeFileSync(join(cwd, 'broken_report.json'), '{');
    const run = await sophia(['dashboard', '--reports', '*_report.json'], cwd);
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain('broken_report.json is not counted: ');
    expect(run.stderr).toContain(`the page is ${join(realpathSync(cwd), 'dashboard/index.html')}`);
    expect(readFileSync(join(cwd, 'dashboard/index.html'), 'utf8')).toContain('<html');
  });
});

describe('sophia report --open', () => {
  const reported = async () => {
    const cwd = configured(`checks: { up: { kind: http, url: "${url}/up" } }`);
    await sophia(['gate'], cwd);
    return cwd;
  };

  test('opens the page with the opener of this system', async () => {
    const cwd = await reported();
    const bin = folder();
    const opened = join(bin, 'opened');
    for (const name of ['xdg-open', 'open'])
      writeFileSync(join(bin, name), `#!/bin/sh\necho "$1" > '${opened}'\n`, { mode: 0o755 });
    const run = await sophia(['report', '--open'], cwd, { PATH: `${bin}:${process.env['PATH']}` });
    expect(run).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('warning') });
    expect(readFileSync(opened, 'utf8').trim()).toBe(join(realpathSync(cwd), 'report/index.html'));
  });

  test.each([
    ['missing', undefined, /is not installed; the page is .*report\/index\.html/],
    ['failing', '#!/bin/sh\nexit 3\n', /ended with exit code 3; the page is .*report\/index\.html/],
  ])('with a %s opener says where the page is, and the verdict stays', async (_, script, words) => {
    const cwd = await reported();
    const bin = folder();
    if (script !== undefined)
      for (const name of ['xdg-open', 'open']) writeFileSync(join(bin, name), script, { mode: 0o755 });
    const run = await sophia(['report', '--open'], cwd, { PATH: bin });
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toMatch(words);
  });
});
