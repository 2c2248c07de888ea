// What a pull request can put into its files, and what GitHub can do at the wrong moment: the bundle of pr-report holds.
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import type { Report } from '@sophia/core/report/envelope';

import { gateReport, reportOnPullRequest, repository, workspaceOf } from './pr-report-workspace.ts';
import type { BundleRun } from './run-bundle.ts';

const green = gateReport([{ name: 'openai' }]);
const inputs = { reports: '*.json\n*.xml' };
const MARKER = '<!-- sophia:pr-report v1 key=default run=999999.1 -->';

async function notCounted({ directory }: BundleRun): Promise<unknown> {
  const { details } = JSON.parse(await readFile(join(directory, 'pr_report.json'), 'utf8')) as Report;
  return details['notCounted'];
}

const ENTITIES = Array.from({ length: 9 }, (_, index) => {
  const inner = index === 0 ? 'aaaaaaaaaa' : `&a${index - 1};`.repeat(10);
  return `<!ENTITY a${index} "${inner}">`;
});
const BOMB = `<?xml version="1.0"?><!DOCTYPE z [${ENTITIES.join('')}]><testsuites><testsuite name="&a8;"/></testsuites>`;

describe('a file', () => {
  test.each([
    ['with an entity bomb', BOMB],
    ['that ends in the middle', '<testsuites><testsuite name="a"><testcase name="b">'],
    ['with 100,000 open elements', '<testsuite>'.repeat(100_000)],
  ])('%s is listed as broken, and the verdict is of the others', async (_, text) => {
    const github = await repository();
    const run = await reportOnPullRequest({ github, files: [green, { path: 'bad.xml', text }], inputs });
    expect(run.exitCode).toBe(0);
    expect(run.outputs['status']).toBe('warning');
    expect(await notCounted(run)).toMatchObject([{ path: 'bad.xml', why: 'unreadable' }]);
  });

  test('of a gigabyte is refused by its size, before it is read', async () => {
    const github = await repository();
    const directory = await workspaceOf([green]);
    const large = await open(join(directory, 'large.xml'), 'w');
    await large.write('<testsuites>');
    await large.truncate(1_073_741_824);
    await large.close();
    const run = await reportOnPullRequest({ github, files: [], directory, inputs });
    expect(run.outputs['status']).toBe('warning');
    expect(await notCounted(run)).toMatchObject([
      { path: 'large.xml', why: 'unreadable', detail: 'larger than 64 MB' },
    ]);
  });

  test('with bytes that are no UTF-8 is read all the same, with a mark in their place', async () => {
    const github = await repository();
    const directory = await workspaceOf([green]);
    const text =
      '<testsuite><testcase name="caf\u00e9"><failure message="\u00ff\u00fe"/></testcase></testsuite>';
    await writeFile(join(directory, 'latin.xml'), Buffer.from(text, 'latin1'));
    const run = await reportOnPullRequest({ github, files: [], directory, inputs });
    expect(run.outputs['status']).toBe('failure');
    expect(github.comments()[0]?.body).toContain('caf\uFFFD');
  });
});

const failing = (name: string, index: number) =>
  `<testcase classname="c${index}" name="${name.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')}"><failure message="m${index}"/></testcase>`;

/** Without its code spans (CommonMark, 6.1); none of ours goes over a line. */
const withoutCode = (markdown: string) => markdown.replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '');

const NAMES = [
  'a | b || c',
  '<script>alert(1)</script>',
  '[x](javascript:alert(1))',
  '![x](https://evil.example/pixel.png)',
  '@everyone and @acme/owners fixes #1',
  MARKER,
  'invoice \u202Egnp.exe',
  '</details></table>',
  '```mermaid\u2028gantt',
  `long ${'x'.repeat(10_000)}`,
];

test('hostile names of tests are shown as text, and none is alive', async () => {
  const github = await repository();
  const text = `<testsuites><testsuite name="s">${NAMES.map(failing).join('')}</testsuite></testsuites>`;
  const run = await reportOnPullRequest({ github, files: [green, { path: 'tests.xml', text }], inputs });
  const body = github.comments()[0]?.body ?? '';
  const page = await readFile(join(run.directory, 'report/index.html'), 'utf8');
  for (const written of [body, run.summary]) {
    expect(written).toContain('Failures (10)');
    const outsideOfCode = withoutCode(written);
    expect(outsideOfCode).not.toMatch(
      /<script|(^|[^\w\\])@(everyone|acme)|(^|\s)#1\b|[^\\]\]\(javascript:|\u202E/m,
    );
    expect(outsideOfCode).not.toMatch(/!\[x\]\(/);
    expect(Buffer.byteLength(written)).toBeLessThan(60_000);
  }
  // Only the first line is a marker: nobody can make a later run believe another.
  expect(
    body.split('\n').filter((line) => line.trimStart().startsWith('<!-- sophia:pr-report')),
  ).toHaveLength(1);
  expect(body.split('\n')[0]).toContain('run=812.1');
  const markup = withoutCode(body);
  expect(markup.match(/<details/g)).toHaveLength(markup.match(/<\/details>/g)?.length ?? 0);
  expect(page).not.toMatch(/<script|\u202E|<img|<\/details><\/table>/);
});

describe('GitHub at the wrong moment', () => {
  test('two runs that post at once leave one comment to be seen, once the next one has run', async () => {
    const github = await repository();
    const post = (runId: string) =>
      reportOnPullRequest({
        github,
        files: [{ ...green, text: green.text.replace('"runId":812', `"runId":${runId}`) }],
        variables: { GITHUB_RUN_ID: runId },
      });
    await Promise.all([post('812'), post('813')]);
    await post('814');
    const [oldest, ...others] = github.comments();
    expect(oldest?.body).toContain('run=814.1');
    expect(others.map(({ minimized }) => minimized)).toEqual(others.map(() => 'OUTDATED'));
  });

  test.each([
    [429, 'POST'],
    ['secondary_rate_limit', 'POST'],
    [429, 'GET'],
  ] as const)('a %s answer to a %s is waited for as long as it says', async (mode, method) => {
    const github = await repository();
    github.fail(mode, { times: 1, method, retryAfterSeconds: 1, path: /comments/ });
    const run = await reportOnPullRequest({ github, files: [green] });
    expect(run.outputs['mode']).toBe('comment');
    expect(github.comments()).toHaveLength(1);
  });

  test('a limit of an hour is not waited for', async () => {
    const github = await repository();
    github.fail('secondary_rate_limit', { method: 'POST', retryAfterSeconds: 3_600 });
    const run = await reportOnPullRequest({ github, files: [green] });
    expect(run.exitCode).toBe(0);
    expect(run.outputs).toMatchObject({ status: 'success', mode: 'summary-only' });
    expect(run.stdout).toContain('::warning::no comment was written');
  });

  test('a body that is refused twice is a warning', async () => {
    const github = await repository();
    github.fail('validation_failed', { method: 'POST' });
    const run = await reportOnPullRequest({ github, files: [green] });
    expect(run.exitCode).toBe(0);
    expect(run.outputs['mode']).toBe('summary-only');
    expect(run.summary).toContain('May go');
  });
});

const HOSTILE =
  'a|b <script>alert(1)</script> @everyone fixes #1 [x](javascript:alert(1)) <!-- --> `c` \u202Egnp.exe ::add-mask::x https://evil.example/o/r/issues/2';

test('hostile names are inert in comment, summary, page and log', async () => {
  const github = await repository();
  const hostile = gateReport([
    {
      name: HOSTILE,
      status: 'failure',
      message: `\n::error::${HOSTILE}`,
      hint: HOSTILE,
      category: 'assertion',
    },
  ]);
  const run = await reportOnPullRequest({ github, files: [hostile] });
  expect(run.exitCode).toBe(0);
  const page = await readFile(join(run.directory, 'report/index.html'), 'utf8');
  const body = github.comments()[0]?.body ?? '';
  for (const text of [body, run.summary, page]) {
    expect(text).not.toContain('<script>');
    expect(text).not.toContain('\u202E');
  }
  for (const text of [body, run.summary]) {
    expect(text).not.toMatch(/(?<![`\w])@everyone(?![^`\n]*`)/);
    expect(text).not.toContain('](javascript:');
  }
  expect(run.stdout).not.toMatch(/^::(error::a|add-mask::x)/m);
});
