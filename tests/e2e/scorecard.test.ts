// The checks of OpenSSF Scorecard that look at files; SECURITY.md says how each is met.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
const workflows = readdirSync(join(root, '.github/workflows'));
const workflow = (name: string) =>
  parse(text(`.github/workflows/${name}`)) as {
    on: Record<string, unknown>;
    permissions: Record<string, string>;
  };

describe('OpenSSF Scorecard', () => {
  test('Binary-Artifacts: no program and no archive is tracked', () => {
    expect(tracked.length).toBeGreaterThan(100);
    const binary = /\.(exe|dll|so|dylib|a|o|bin|jar|war|class|pyc|wasm|node|deb|rpm|apk|dmg|zip|gz|tgz|xz)$/i;
    expect(tracked.filter((path) => binary.test(path))).toEqual([]);
    const magic = ['\x7fELF', 'MZ', '\xcf\xfa\xed\xfe', '\xca\xfe\xba\xbe'];
    const programs = tracked.filter((path) => {
      if (path === '') return false;
      const start = readFileSync(join(root, path)).subarray(0, 4).toString('latin1');
      return magic.some((bytes) => start.startsWith(bytes) && !/^MZ[\x20-\x7e]{2}/.test(start));
    });
    expect(programs).toEqual([]);
  });

  test.each(workflows)('Token-Permissions and Dangerous-Workflow: %s', (name) => {
    const { on, permissions } = workflow(name);
    expect(Object.entries(permissions).filter(([, level]) => level !== 'read')).toEqual([]);
    expect(Object.keys(on)).not.toContain('pull_request_target');
    expect(Object.keys(on)).not.toContain('workflow_run');
  });

  test('SAST: CodeQL looks at each push and pull request', () => {
    expect(Object.keys(workflow('codeql.yml').on)).toEqual(expect.arrayContaining(['push', 'pull_request']));
    expect(text('.github/workflows/codeql.yml')).toMatch(
      /uses: github\/codeql-action\/analyze@[0-9a-f]{40} /,
    );
  });

  test('Fuzzing: property tests are in its language', () => {
    const properties = tracked.filter(
      (path) => path.endsWith('.test.ts') && /from 'fast-check'/.test(text(path)),
    );
    expect(properties.length).toBeGreaterThan(3);
  });

  test('Security-Policy: where to report, how, and by when', () => {
    const policy = text('SECURITY.md');
    expect(policy).toMatch(/\]\(https:\/\/github\.com\/\S+\/security\/advisories\/new\)/);
    expect(policy).toMatch(/within \d+ working days/);
    expect(policy).toMatch(/disclosed/);
  });

  test('SBOM and Signed-Releases: a release has both as files', () => {
    const create = /gh release create[\s\S]*?(?=\n {10}gh release edit)/.exec(
      text('.github/workflows/release.yml'),
    )?.[0];
    for (const name of ['SHA256SUMS', '.cdx.json', '.intoto.jsonl']) expect(create).toContain(name);
  });

  test('License, Dependency-Update-Tool, Pinned-Dependencies: the files are there', () => {
    expect(tracked).toEqual(
      expect.arrayContaining(['LICENSE', '.github/dependabot.yml', 'pnpm-lock.yaml', 'SECURITY.md']),
    );
    const { dependencies = {}, devDependencies = {} } = JSON.parse(text('package.json')) as Record<
      string,
      Record<string, string>
    >;
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^(\d|workspace:)/.test(version),
    );
    expect(loose).toEqual([]);
  });

  test('Pinned-Dependencies: the programs of the conformance tests have one version each', () => {
    const lines = text('scripts/conformance-tools.mjs').split('\n');
    const PINNED: Record<string, RegExp> = {
      pip: /^[\w-]+(\[\w+\])?==\d+(\.\d+)+$/,
      npm: /@\d+(\.\d+){2}$/,
      go: /@v\d+(\.\d+){2}$/,
    };
    const programs = lines.flatMap((line) => {
      const [, kind = '', rest = ''] = /^ {2}\w+: \{ (pip|npm|go): (\[.*\]|[^}]*)/.exec(line) ?? [];
      const names = [...rest.replace(/, file: .*/, '').matchAll(/'([^']+)'/g)];
      return names.map(([, name = '']) => ({ kind, name }));
    });
    expect(programs.length).toBeGreaterThanOrEqual(9);
    expect(programs.filter(({ kind, name }) => PINNED[kind]?.test(name) !== true)).toEqual([]);
  });
});
