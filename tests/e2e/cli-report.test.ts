import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { configured, folder, sophia, upAndDown } from './cli-workspace.ts';

const server = upAndDown();

describe('sophia dashboard', () => {
  test('says where its page is, and what could not be read', async () => {
    const cwd = configured(`checks: { up: { kind: http, url: "${server.url}/up" } }`);
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
    const cwd = configured(`checks: { up: { kind: http, url: "${server.url}/up" } }`);
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
