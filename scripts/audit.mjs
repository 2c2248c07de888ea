// `npm run audit`: known vulnerabilities of level high or above in anything that may be in a bundle. Green means that
// it was audited: a registry that refuses, keeps silent or knows nothing is a failure that says so.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pnpmCommand, root, stop } from './setup.mjs';

const LEVELS = ['high', 'critical'];
/** For one question, with npm's own start. pnpm alone would try for minutes where nothing answers. */
const LIMIT_MS = 60_000;
const hint =
  "the registry is at fault, not the packages: run it again later, or name one that has npm's audit endpoint, with `pnpm_config_registry=URL npm run audit`";

/** A package with a known vulnerability, since some mirrors answer every audit with "none". It is never installed. */
const VULNERABLE = { name: 'minimist', version: '0.0.8', advisory: 'GHSA-xvch-5gv4-984h' };

/** pnpm breaks its messages into lines of 80 characters, also within an address. */
const unwrap = (text) =>
  text
    .replaceAll(/\/\n\s*│ +/g, '/')
    .replaceAll(/\n\s*[│├╰][─▶]* +/g, ' ')
    .trim()
    .replace(/:$/, '');

/** Runs pnpm in a group of its own, so that the time limit also ends what npm has started. */
function runQuietly(args) {
  return new Promise((resolve) => {
    const [command, ...rest] = pnpmCommand(...args);
    const isGroup = process.platform !== 'win32';
    const child = spawn(command, rest, { cwd: root, detached: isGroup, stdio: ['ignore', 'pipe', 'pipe'] });
    const result = { stdout: '', stderr: '', isLate: false };
    const end = () => {
      result.isLate = true;
      if (isGroup) process.kill(-child.pid, 'SIGKILL');
      else child.kill();
    };
    const timer = setTimeout(end, LIMIT_MS);
    child.stdout.on('data', (chunk) => (result.stdout += chunk));
    child.stderr.on('data', (chunk) => (result.stderr += chunk));
    child.on('error', (error) => (result.stderr += error.message));
    child.on('close', () => {
      clearTimeout(timer);
      resolve(result);
    });
  });
}

/** @returns the registry's answer; anything but one ends the command */
async function audit(...args) {
  const { stdout, stderr, isLate } = await runQuietly([
    'audit',
    '--prod',
    '--json',
    '--config.fetch-retries=0',
    ...args,
  ]);
  if (isLate) stop(`nothing was audited: no answer after ${LIMIT_MS / 1000} s`, hint);
  try {
    const { advisories, metadata } = JSON.parse(stdout);
    return { advisories: Object.values(advisories), count: metadata.totalDependencies };
  } catch {
    const reason = /×\s+([\s\S]*)/.exec(stderr)?.[1] ?? `${stdout}${stderr}`;
    return stop(`nothing was audited: ${unwrap(reason)}`, hint);
  }
}

/** A project of one package, in a folder of its own: beside our lockfile, scanners would take it for ours. */
function writeVulnerableProject(folder) {
  const { name, version } = VULNERABLE;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies: { [name]: version } }));
  const lockfile = {
    lockfileVersion: '9.0',
    importers: { '.': { dependencies: { [name]: { specifier: version, version } } } },
    packages: { [`${name}@${version}`]: { resolution: { integrity: 'sha512-0' } } },
    snapshots: { [`${name}@${version}`]: {} },
  };
  writeFileSync(join(folder, 'pnpm-lock.yaml'), JSON.stringify(lockfile));
}

async function requireKnowledge() {
  const folder = mkdtempSync(join(tmpdir(), 'sophia-audit-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  writeVulnerableProject(folder);
  const { advisories } = await audit('-C', folder);
  if (advisories.length > 0) return;
  const { name, version, advisory } = VULNERABLE;
  stop(
    `nothing was audited: the registry answers, but does not know ${advisory} of ${name} ${version}`,
    hint,
  );
}

/** What the registry tells, on two lines whatever it holds. */
function describe({ severity, module_name: name, vulnerable_versions: range, title, url, ...rest }) {
  const paths = rest.findings.flatMap((finding) => finding.paths).join(', ');
  const lines = [
    `${severity}  ${name} ${range}: ${title}, ${url}`,
    `  fixed in ${rest.patched_versions ?? 'no version'}; comes by ${paths}`,
  ];
  return lines.map((line) => line.replaceAll(/[\r\n]+/g, ' ')).join('\n');
}

await requireKnowledge();
const { advisories, count } = await audit();
if (!(count > 0)) stop('nothing was audited: pnpm found no package', 'is pnpm-lock.yaml in place?');
const found = advisories.filter(({ severity }) => LEVELS.includes(severity));
for (const advisory of found) console.log(describe(advisory));
console.log(`${count} packages audited, ${found.length} vulnerabilities of level ${LEVELS.join(' or ')}`);
process.exit(found.length === 0 ? 0 : 1);
