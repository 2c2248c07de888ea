// Rows of the threat list that belong to no single action's tests; SECURITY.md says where each row is proven.
import { execFileSync, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { startLocalServices } from '@sophia/cli/local-services';
import { prepareSource } from '@sophia/local-runner/checkout-source';
import { runWorkflow } from '@sophia/local-runner/run-workflow';
import { definition as gate } from '@sophia/health-gate/definition';

import { releaseDirectory, runBundle } from './run-bundle.ts';

const root = resolve(import.meta.dirname, '../..');

function workspace(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sophia-threats-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** A loopback server that notes the headers of each request. */
async function listen(answer: (path: string) => { status: number; location?: string; body?: string }) {
  const seen: { path: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((request, response) => {
    seen.push({ path: request.url ?? '', headers: request.headers });
    const { status, location, body = '' } = answer(request.url ?? '');
    response.writeHead(status, location === undefined ? {} : { location }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, seen, close: () => new Promise((done) => server.close(done)) };
}

describe('template injection', () => {
  test('branch, title and actor of a hostile pull request run nothing in the master workflow', async () => {
    const hostile = '$(touch pwned)`touch pwned`";touch pwned;"${{ github.token }}';
    const source = workspace({
      '.github/sophia.yml':
        'pipeline: { tests: "true" }\ndeployment: { phases: [{ name: p, steps: [{ name: s, run: "true", undo: none }] }] }\nenvironments: { production: {}, staging: {} }\n',
      '.github/workflows/caller.yml': readFileSync(
        join(root, 'examples/sophia/.github/workflows/sophia-master-deployment.yml'),
        'utf8',
      ),
    });
    const outDirectory = mkdtempSync(join(tmpdir(), 'sophia-threats-out-'));
    const { directory, sha } = await prepareSource(source, join(outDirectory, 'repository'));
    const pull = { number: 7, title: hostile, user: { login: hostile } };
    const repo = { full_name: 'stranger/fork', fork: true };
    const run = { repository: 'octo/demo', sha, runId: 1, event: 'pull_request', outDirectory };
    const services = await startLocalServices({ ...run, pull: { number: 7, headRef: 'x', headSha: sha } });
    try {
      const result = await runWorkflow({
        workflowFile: join(directory, '.github/workflows/caller.yml'),
        event: 'pull_request',
        payload: {
          repository: { full_name: 'octo/demo', default_branch: 'main', fork: false },
          pull_request: {
            ...pull,
            head: { sha, ref: hostile, repo },
            base: { ref: 'main', repo: { full_name: 'octo/demo' } },
          },
        },
        context: {
          ...{ repository: 'octo/demo', actor: hostile, runId: 1, runNumber: 1, attempt: 1, sha },
          ...{ ref: 'refs/pull/7/merge', headRef: hostile, baseRef: 'main' },
        },
        repositoryDirectory: directory,
        actionsDirectory: releaseDirectory,
        outDirectory,
        openJob: services.openJob,
      });
      const results = Object.fromEntries(result.jobs.map(({ id, result: ended }) => [id, ended]));
      expect(results).toMatchObject({
        'environment-setup': 'success',
        'build-test': 'success',
        'health-gate': 'skipped',
        'production-deployment': 'skipped',
        'deployment-notification': 'success',
      });
      const left = readdirSync(outDirectory, { recursive: true, encoding: 'utf8' });
      expect(left.filter((path) => path.endsWith('pwned'))).toEqual([]);
      expect(existsSync('pwned')).toBe(false);
    } finally {
      await services.close();
    }
  }, 120_000);
});

describe('pwn request', () => {
  const HOSTILE = {
    '.github/sophia.yml':
      'esc: { file: esc.yaml }\nsecrets: {}\nchecks: { evil: { kind: command, run: touch pwned } }\n',
    'esc.yaml': 'values: { environmentVariables: { PLANTED: planted } }\n',
  };

  test.each(['pull_request_target', 'workflow_run', 'issue_comment'])(
    'under %s neither esc-setup nor health-gate reads or runs the head’s configuration',
    async (event) => {
      const directory = workspace(HOSTILE);
      const payload = join(directory, 'event.json');
      writeFileSync(
        payload,
        JSON.stringify({ repository: { full_name: 'acme/app', default_branch: 'main' } }),
      );
      const variables = { GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: payload };
      for (const action of ['esc-setup', 'health-gate']) {
        const run = await runBundle({ action, directory, variables, inputs: { 'allow-file': 'true' } });
        expect([action, run.exitCode]).toEqual([action, 1]);
        expect(run.exported).toEqual({});
        expect(run.stdout).toMatch(/::error title=trust::.*default branch/);
      }
      expect(existsSync(join(directory, 'pwned'))).toBe(false);
    },
  );
});

describe('the configuration of a head that is checked out', () => {
  /** A workspace at the head's commit; the default branch's is the one before. */
  function headOver(base: string, head: string) {
    const directory = workspace({ '.github/sophia.yml': base });
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...words], {
        cwd: directory,
        encoding: 'utf8',
      }).trim();
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'the default branch');
    const sha = git('rev-parse', 'HEAD');
    writeFileSync(join(directory, '.github/sophia.yml'), head);
    git('commit', '--quiet', '--all', '--message', 'the head');
    return { directory, sha };
  }

  test.each(['pull_request_target', 'workflow_run', 'issue_comment'])(
    'under %s decides nothing and gets no secret: the default branch’s counts',
    async (event) => {
      const [ours, theirs] = [await listen(() => ({ status: 200 })), await listen(() => ({ status: 200 }))];
      const asks = (url: string) =>
        `secrets: { token: {} }\nchecks: { a: { kind: http, url: "${url}/", headers: { authorization: "\${TOKEN}" } } }\n`;
      const { directory, sha } = headOver(asks(ours.url), asks(theirs.url));
      const gate = await runBundle({
        action: 'health-gate',
        directory,
        variables: { GITHUB_EVENT_NAME: event, GITHUB_SHA: sha, TOKEN: 'fake-planted-token' },
      });
      await Promise.all([ours.close(), theirs.close()]);
      expect([gate.exitCode, ours.seen.length, theirs.seen]).toEqual([0, 1, []]);
    },
  );
});

describe('a report that passes a gate', () => {
  test('is nothing that the action reads: it asks again, whatever lies in the workspace', async () => {
    expect(Object.keys(gate.inputs)).not.toContain('replay');
    const forged = { schema: 'sophia-report/1', kind: 'health-gate', status: 'success', items: [] };
    const directory = workspace({ 'health_gate_report.json': JSON.stringify(forged) });
    const run = await runBundle({
      action: 'health-gate',
      directory,
      inputs: { 'config-inline': 'checks: { closed: { kind: tcp, host: 127.0.0.1, port: 1, retries: 0 } }' },
    });
    expect(run.exitCode).toBe(1);
    expect(run.outputs['status']).toBe('failure');
  });
});

describe('credentials across redirects', () => {
  test('a key is not sent on to another origin, and a metadata address behind a redirect is refused', async () => {
    const other = await listen(() => ({ status: 200 }));
    const first = await listen((path) =>
      path === '/metadata'
        ? { status: 302, location: 'http://169.254.169.254/latest/meta-data' }
        : { status: 302, location: `${other.url}/landing` },
    );
    const headers = 'headers: { authorization: "Bearer ${BACKEND_TOKEN}", x-api-key: "${BACKEND_TOKEN}" }';
    const run = await runBundle({
      action: 'health-gate',
      variables: { BACKEND_TOKEN: 'bt-fake-planted-0005' },
      inputs: {
        'config-inline': `secrets: { backend_token: {} }
checks:
  away: { kind: http, url: '${first.url}/away', ${headers} }
  metadata: { kind: http, url: '${first.url}/metadata', ${headers} }
`,
      },
    });
    await Promise.all([first.close(), other.close()]);
    expect(first.seen.find(({ path }) => path === '/away')?.headers).toMatchObject({
      authorization: 'Bearer bt-fake-planted-0005',
    });
    expect(other.seen.map(({ path }) => path)).toEqual(['/landing']);
    expect(JSON.stringify(other.seen)).not.toContain('planted');
    expect(JSON.parse(run.outputs['failed-checks'] ?? '')).toEqual(['metadata']);
    expect(run.stdout).toMatch(/metadata.*(link-local|metadata address|refused)/i);
  });
});

describe('tokens in argv', () => {
  test('no process of esc-setup carries the token in its arguments or title', async () => {
    let shown = '';
    const cloud = await listen(() => {
      shown = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout;
      return { status: 401, body: '{"code":401,"message":"Unauthorized"}' };
    });
    const run = await runBundle({
      action: 'esc-setup',
      inputs: {
        ...{ 'esc-environment': 'acme/default/app', 'access-token': 'pul-fake-planted-token' },
        'cloud-url': cloud.url,
      },
    });
    await cloud.close();
    expect(run.exitCode).toBe(1);
    expect(shown).toContain('esc-setup');
    expect(shown).not.toContain('pul-fake-planted-token');
  });
});

describe('hostile documents', () => {
  const bomb = `<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, i) => `<!ENTITY a${i} "${`&a${i === 0 ? '' : i - 1};`.repeat(10)}">`).join('')}]><testsuites><testsuite name="&a8;"/></testsuites>`;

  test.each([
    ['an entity bomb', bomb],
    ['JSON nested 300,000 deep', `${'['.repeat(300_000)}${']'.repeat(300_000)}`],
    [
      'a megabyte of backtracking bait',
      `<testsuites><testsuite name="${'a!'.repeat(500_000)}"><testcase name="${' '.repeat(400_000)}x"/></testsuite></testsuites>`,
    ],
    ['an XML of 200,000 open elements', '<a>'.repeat(200_000)],
  ])('%s ends as a warning or a report, not as a crash or a hang', async (_, text) => {
    const directory = workspace({ 'reports/hostile.xml': text });
    const run = await runBundle({
      action: 'pr-report',
      directory,
      inputs: {
        reports: 'reports/*',
        comment: 'never',
        'download-artifacts': 'false',
        'upload-artifact': 'false',
      },
    });
    expect([0, 1]).toContain(run.exitCode);
    expect(run.stdout + run.stderr).not.toMatch(/this is a bug|RangeError|heap out of memory/i);
    expect(['success', 'warning', 'failure']).toContain(run.outputs['status']);
  });

  const levels = Array.from(
    { length: 9 },
    (_, i) =>
      `a${i}: &a${i} [${
        i === 0
          ? 'x'
          : Array(9)
              .fill(`*a${i - 1}`)
              .join(', ')
      }]`,
  );
  test.each([
    ['90,000 checks', `checks:\n${Array.from({ length: 90_000 }, (_, i) => `  k${i}: 1\n`).join('')}`],
    ['lists nested 100,000 deep', `checks: ${'['.repeat(100_000)}`],
    ['a bomb of aliases', levels.join('\n')],
    ['one key again and again', 'checks: 1\n'.repeat(50_000)],
    ['a value that never closes', `checks: "${'${A:-'.repeat(150_000)}"`],
  ])('a configuration of %s is refused at its place', async (_, text) => {
    const directory = workspace({ '.github/sophia.yml': text });
    const run = await runBundle({ action: 'health-gate', directory, inputs: { 'upload-artifact': 'false' } });
    expect(run.exitCode).toBe(1);
    expect(run.stdout + run.stderr).not.toMatch(/this is a bug|RangeError|heap out of memory/i);
    expect(run.stdout).toMatch(/sophia\.yml:\d+:\d+/);
    expect(run.stdout.length).toBeLessThan(20_000);
  });
});
