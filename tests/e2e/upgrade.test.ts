// docs/upgrade.md as somebody who has the original follows it: `sophia init`, then each command of the table.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startOpenAi } from '@sophia/standins/openai';
import { escProperties } from '@sophia/standins/esc-values';
import { startPulumi } from '@sophia/standins/pulumi';

import { freePorts } from './free-ports.ts';
import { programPath } from './run-bundle.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/upgrade.md'), 'utf8');
const KEY = 'sk-fake-0123456789abcdef';
const TOKEN = 'pul-fake-0123456789abcdef';

/** The commands of the original's own documentation, in its order. */
const OF_THE_ORIGINAL = [
  'pulumi env get scoobyjava-org/default/sophia-ai-production',
  'export ENVIRONMENT=prod',
  'python scripts/standardise_mcp.py',
  'python scripts/start_all_mcp_servers.py --dry-run',
  ...['docker --version', 'docker buildx version', 'uv --version', 'cd infrastructure && npm install'],
  'python scripts/ci/deployment_health_gate.py',
  'python scripts/deploy_sophia_production.py --dry-run',
  'python scripts/deploy_sophia_production.py --environment production',
  'python scripts/deploy_sophia_production.py --environment staging',
  'python scripts/start_all_mcp_servers.py',
  'python scripts/start_all_mcp_servers.py --health-check-only',
  'python scripts/standardise_mcp.py --validate-only',
  ...['cat health_gate_report.json', 'pulumi whoami', 'netstat -an'],
  `python -c "... get_config_value('openai_api_key') ..."`,
  'curl http://localhost:9000/health',
  ...['ls -la logs/deployments/', 'cat logs/deployments/sophia-production-*.log'],
  ...['pulumi stack ls', 'pulumi stack output'],
];

/** A server as the original had them: nothing but a health endpoint, at the port of its registry. */
const SERVER = `require('node:http').createServer((request, response) =>
  response.writeHead(request.url === '/health' ? 200 : 404).end()).listen(process.env.PORT, '127.0.0.1');
`;

/** What the original's repository looks like, in its own forms. */
const original = (first: number, second: number): Readonly<Record<string, string>> => ({
  'package.json': '{ "scripts": { "lint": "node -e 0", "test": "node -e 0", "smoke": "node -e 0" } }',
  'config/unified_mcp_port_registry.json': JSON.stringify({
    port_allocation: { ai_core: { ai_memory: first }, business_intelligence: { linear: second } },
  }),
  'mcp-servers/ai_memory/server.js': SERVER,
  'mcp-servers/linear/server.js': SERVER,
  'scripts/start_all_mcp_servers.py': `return {
    "ai_memory": {"path": "ai_memory", "priority": 1, "dependencies": []},
    "linear": {"path": "linear", "priority": 3, "dependencies": ["ai_memory"]},
}`,
  'scripts/ci/deployment_health_gate.py': 'report = {"status": "passed"}',
  '.github/workflows/sophia-master-deployment.yml': `name: Sophia AI Master Deployment Pipeline
on: push
env:
  PULUMI_ACCESS_TOKEN: \${{ secrets.PULUMI_ACCESS_TOKEN }}
  PULUMI_ORG: scoobyjava-org
  OPENAI_API_KEY: \${{ secrets.OPENAI_API_KEY }}
`,
  '.gitignore': 'logs/\nout/\n*_report.json\n',
});

const workspace = mkdtempSync(join(tmpdir(), 'sophia upgrade '));
let variables: Readonly<Record<string, string>>;
let services: readonly { readonly close: () => Promise<unknown> }[];

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], { cwd: workspace });

/** Types a line at a terminal in the workspace. */
function type(line: string): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const [, ...args] = line.split(' ');
  const child = spawn(process.execPath, [programPath('cli/index.js'), ...args], {
    cwd: workspace,
    env: { PATH: process.env['PATH'], HOME: workspace, NO_COLOR: '1', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((done) => child.on('close', (exitCode) => done({ exitCode, stdout, stderr })));
}

const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (of the original|-)/.test(line))
  .map((line) => line.split(/(?<!\\)\|/));

/** The commands of the table's second column, each with what the page says that it mostly leaves out. */
const commands = rows
  .flatMap(([, , now = '']) => [...now.matchAll(/`(sophia [^`]+)`/g)])
  .map((match) => match[1] ?? '')
  .map((line) =>
    /--environment|^sophia (mcp logs|journal|workflow)/.test(line)
      ? line
      : `${line} --environment production`,
  );

beforeAll(async () => {
  const [first = 0, second = 0] = await freePorts(2);
  for (const [path, text] of Object.entries(original(first, second))) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
  const properties = escProperties({ openai_api_key: KEY }, 'default/sophia-ai-production');
  const pulumi = await startPulumi({
    token: TOKEN,
    environments: { 'scoobyjava-org/default/sophia-ai-production': { properties } },
  });
  const openai = await startOpenAi({ apiKey: KEY });
  services = [pulumi, openai];
  variables = {
    ...{ PULUMI_ACCESS_TOKEN: TOKEN, PULUMI_BACKEND_URL: pulumi.url },
    ...{ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: openai.url },
    // What the local workflow would ask of the world is refused here.
    ...{ HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1,localhost' },
  };
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'the original');
});

afterAll(async () => {
  await type('sophia mcp stop --environment production');
  await Promise.all(services.map((service) => service.close()));
  rmSync(workspace, { recursive: true, force: true });
});

test('init keeps a workflow of the same name until it is told to write over it, then takes over what it said', async () => {
  const refused = await type('sophia init');
  expect([refused.exitCode, refused.stderr]).toEqual([
    2,
    expect.stringMatching(/is there already[^]*--force/),
  ]);
  const written = await type('sophia init --force');
  expect(written).toMatchObject({ exitCode: 0, stderr: '' });
  const again = await type('sophia init');
  expect(again.exitCode).toBe(2);
  const text = readFileSync(join(workspace, '.github/sophia.yml'), 'utf8');
  expect(text).toContain('scoobyjava-org/default/sophia-ai-${SOPHIA_ENVIRONMENT}');
  expect(text).toContain('openai_api_key');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'sophia');
});

test('every command of the original has its row', () => {
  const old = rows.map(([, first = '']) => first);
  const missing = OF_THE_ORIGINAL.filter((command) => {
    // The whole command, or the beginning of one that the page cuts off.
    const words = new RegExp(`\`${command.replace(/[^\w ]/g, '\\$&')}(\`| (\\.\\.\\.|\\\\\\|))`);
    return !old.some((cell) => words.test(cell));
  });
  expect(missing).toEqual([]);
});

describe('the table’s commands, in its order', () => {
  test('are all there', () => expect(commands.length).toBeGreaterThan(15));

  test.each([...new Set(commands)].filter((line) => !line.startsWith('sophia workflow')))(
    '%s',
    async (line) => {
      const journals = () =>
        readdirSync(join(workspace, 'logs/deployments')).filter((name) => name.endsWith('.jsonl'));
      const typed = line.includes('<id>') ? line.replace('<id>.jsonl', journals()[0] ?? '') : line;
      const { exitCode, stdout, stderr } = await type(typed);
      expect([typed, exitCode, exitCode === 0 ? '' : stdout + stderr]).toEqual([typed, 0, '']);
      expect(stdout + stderr).not.toContain(KEY);
    },
  );
});
