import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect, test } from '@jest/globals';

import { programPath } from './run-bundle.ts';

const FILES = {
  '.github/sophia.yml':
    'version: 1\nesc: { file: esc/app.yaml }\nsecrets: { api_key: {}, database.password: {}, todo: {} }\n',
  'esc/app.yaml': 'imports: [base]\nvalues:\n  api_key: { fn::secret: value-of-the-key }\n',
  'esc/base.yaml':
    'values:\n  database: { password: { fn::secret: value-of-the-import } }\n  todo: PLACEHOLDER\n',
};

async function sophiaSecrets(args: readonly string[] = [], variables: Readonly<Record<string, string>> = {}) {
  const cwd = await mkdtemp(join(tmpdir(), 'sophia-cli-'));
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(cwd, path)), { recursive: true });
    await writeFile(join(cwd, path), text);
  }
  const child = spawn(process.execPath, [programPath('cli/index.js'), 'secrets', ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, NO_COLOR: '1', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exitCode = await new Promise((done) => child.on('close', done));
  return { exitCode, output, report: await readFile(join(cwd, 'esc_setup_report.json'), 'utf8') };
}

test('`sophia secrets` shows names, states and where each comes from, and no value', async () => {
  const { exitCode, output, report } = await sophiaSecrets();
  expect(exitCode).toBe(1);
  expect(output).toMatch(/success +api_key .*from the definition, line 3/);
  expect(output).toMatch(/success +database\.password .*imported from base, line 2/);
  expect(output).toMatch(/failure +todo .*is still a placeholder \(imported from/);
  expect(output + report).not.toMatch(/value-of-the/);
});

test('`--secrets` asks for some only', async () => {
  const { exitCode, output } = await sophiaSecrets(['--secrets', 'api_key']);
  expect(exitCode).toBe(0);
  expect(output).toContain('1 of 1 secrets hold in esc/app.yaml');
});

test('drift against GitHub is compared with values from the environment, and shows none of them', async () => {
  const lines = 'api_key=value-of-the-key\ndatabase.password=value-of-the-past\n';
  const { output, report } = await sophiaSecrets([], { SOPHIA_GITHUB_SECRETS: lines });
  const { items } = JSON.parse(report) as {
    items: { kind: string; name: string; details: { drift?: string } }[];
  };
  const drift = items.filter((item) => item.kind === 'drift').map((item) => [item.name, item.details.drift]);
  expect(drift).toEqual([
    ['api_key', 'match'],
    ['database.password', 'differs'],
  ]);
  expect(output + report).not.toMatch(/value-of-the/);
});
