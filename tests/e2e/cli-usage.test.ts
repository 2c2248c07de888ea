import { describe, expect, test } from '@jest/globals';

import { folder, sophia } from './cli-workspace.ts';

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
