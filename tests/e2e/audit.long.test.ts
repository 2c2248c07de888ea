// `npm run audit` against registries that answer well, badly and not at all. pnpm itself runs, from npm's cache.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { join, resolve } from 'node:path';

import { expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

const advisory = (severity: string, versions: string) => ({
  id: 1,
  url: 'https://github.com/advisories/GHSA-xvch-5gv4-984h',
  title: 'a title\n::error::of two lines',
  severity,
  vulnerable_versions: versions,
  cwe: [],
  cvss: { score: 0, vectorString: null },
});
const KNOWN = { minimist: [advisory('critical', '<0.2.4')] };

/** @param answer status and body for every audit */
async function audit(answer: readonly [number, unknown]) {
  const [status, body] = answer;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const isAudit = request.url === '/-/npm/v1/security/advisories/bulk';
      response.writeHead(isAudit ? status : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    const child = spawn(process.execPath, [join(root, 'scripts/audit.mjs')], {
      env: { ...process.env, pnpm_config_registry: url },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const closed = new Promise<number | null>((done) => child.on('close', done));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await closed, stdout, stderr, url };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const LIMIT_MS = 120_000;

test(
  'names the endpoint and its status where the registry has no audit',
  async () => {
    const { code, stderr, url } = await audit([405, 'no']);
    expect(stderr).toContain(
      `nothing was audited: The audit endpoint (at ${url}-/npm/v1/security/advisories/bulk) responded with 405`,
    );
    expect(stderr).toContain('hint: the registry is at fault');
    expect(code).toBe(1);
  },
  LIMIT_MS,
);

test(
  'is not green where a registry knows no vulnerability of anything',
  async () => {
    const { code, stderr } = await audit([200, {}]);
    expect(stderr).toContain('the registry answers, but does not know GHSA-xvch-5gv4-984h of minimist 0.0.8');
    expect(code).toBe(1);
  },
  LIMIT_MS,
);

test(
  'says how much it audited; what is below `high` does not count',
  async () => {
    const { code, stdout } = await audit([200, { ...KNOWN, yaml: [advisory('moderate', '*')] }]);
    expect(stdout).toMatch(/^\d{3} packages audited, 0 vulnerabilities of level high or critical\n$/);
    expect(code).toBe(0);
  },
  LIMIT_MS,
);

test(
  'fails on a finding, and lets its title start no line',
  async () => {
    const { code, stdout } = await audit([200, { ...KNOWN, yaml: [advisory('high', '*')] }]);
    const [first = '', second = '', last] = stdout.split('\n');
    expect(first).toMatch(/^high {2}yaml \*: a title ::error::of two lines, https:/);
    expect(second).toMatch(/^ {2}fixed in no version; comes by .*packages__core>yaml/);
    expect(last).toMatch(/^\d{3} packages audited, 1 vulnerabilities/);
    expect(code).toBe(1);
  },
  LIMIT_MS,
);
