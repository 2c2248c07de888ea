import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, describe, expect } from '@jest/globals';

import { testWith, toolPath } from './conformance-tool.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'sophia-workflows-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SOURCES = ['.github/workflows', 'examples/sophia/.github/workflows'];
const files = SOURCES.flatMap((source) => readdirSync(join(root, source)).map((name) => join(source, name)));

describe('zizmor', () => {
  testWith('zizmor')('finds nothing in our workflows, Dependabot configuration and the caller', () => {
    const config = join(root, '.github/zizmor.yml');
    const { status, stdout } = spawnSync(
      toolPath('zizmor'),
      [
        '--offline',
        '--no-progress',
        '--format=json',
        '--config',
        config,
        '.github',
        'examples/sophia/.github',
      ],
      { cwd: root, encoding: 'utf8' },
    );
    const findings = JSON.parse(stdout) as { ident: string; desc: string }[];
    expect([status, findings.map(({ ident, desc }) => `${ident}: ${desc}`)]).toEqual([0, []]);
  });

  testWith('zizmor')('would find a template in a command', () => {
    const path = join(folder, 'bad.yml');
    writeFileSync(
      path,
      'on: pull_request_target\njobs:\n  j:\n    runs-on: x\n    steps: [{ run: "echo ${{ github.event.pull_request.title }}" }]\n',
    );
    const { status, stdout } = spawnSync(
      toolPath('zizmor'),
      ['--offline', '--no-progress', '--format=json', path],
      {
        encoding: 'utf8',
      },
    );
    expect(status).not.toBe(0);
    expect(stdout).toContain('template-injection');
  });
});

describe('actionlint', () => {
  testWith('actionlint').each(files)('finds nothing in %s', (file) => {
    // It does not know the syntax of July 2026 for an action of the same repository: written out.
    const text = readFileSync(join(root, file), 'utf8').replaceAll(
      'uses: $/',
      'uses: ai-cherry/sophia-actions/',
    );
    const written = text.replaceAll(/(uses: ai-cherry\/sophia-actions\/[\w-]+)$/gm, '$1@v1');
    const repository = mkdtempSync(join(folder, 'repository-'));
    const place = join(repository, '.github/workflows/w.yml');
    mkdirSync(join(place, '..'), { recursive: true });
    spawnSync('git', ['init', '--quiet', repository]);
    // ci.yml uses the actions that it has built.
    symlinkSync(join(root, 'release'), join(repository, 'release'));
    writeFileSync(place, written);
    const { status, stdout } = spawnSync(toolPath('actionlint'), ['-no-color', '-oneline', place], {
      cwd: repository,
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([0, '']);
  });
});
