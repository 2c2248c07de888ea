import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import {
  deployReport,
  gateReport,
  reportOnPullRequest,
  repository,
  workspaceOf,
} from './pr-report-workspace.ts';

const green = gateReport([{ name: 'openai', durationMs: 120 }]);

test('page, comment text and report are files; the dashboard folder gets the page', async () => {
  const github = await repository();
  const run = await reportOnPullRequest({ github, files: [green], inputs: { dashboard: 'site' } });
  const read = (path: string) => readFile(join(run.directory, path), 'utf8');
  const page = await read('report/index.html');
  expect(page).toMatch(
    /<meta\s+http-equiv="Content-Security-Policy"\s+content="default-src &#39;none&#39;|default-src 'none'/,
  );
  expect(await read('site/index.html')).toBe(page);
  expect(run.outputs['dashboard-path']).toBe(join(run.directory, 'site/index.html'));
  expect(await read('pr_report_comment.md')).toBe(github.comments()[0]?.body);
  expect(JSON.parse(await read('pr_report.json'))).toMatchObject({ kind: 'pr-report', status: 'success' });
});

test('with a history the dashboard shows all runs, and each has its page', async () => {
  const github = await repository();
  const directory = await workspaceOf([deployReport('success')]);
  const inputs = { dashboard: 'site', history: 'site/history', reports: 'deploy.json' };
  await reportOnPullRequest({ github, files: [], directory, inputs });
  await writeFile(join(directory, 'site/history/notes.json'), '{"schema":"something else"}');
  await writeFile(join(directory, 'deploy.json'), deployReport('rolled-back', 813).text);
  const variables = { GITHUB_RUN_ID: '813' };
  const run = await reportOnPullRequest({ github, files: [], directory, inputs, variables });
  const index = await readFile(run.outputs['dashboard-path'] ?? '', 'utf8');
  expect(index).toContain('href="runs/812.1.html"');
  expect(index).toContain('href="runs/813.1.html"');
  expect(index).toMatch(/Deployments succeed[\s\S]*?50\.0 %/);
  expect(index).not.toMatch(/<script| style="/);
  expect(await readFile(join(directory, 'site/runs/813.1.html'), 'utf8')).toContain('Rolled back');
});

test("a fork's run writes neither history nor dashboard", async () => {
  const github = await repository();
  const inputs = { dashboard: 'site', history: 'history' };
  const run = await reportOnPullRequest({ github, files: [green], inputs, head: 'mallory/app' });
  expect(run.outputs['dashboard-path']).toBe('');
  expect(run.stdout).toContain("neither history nor dashboard was written: this run is a fork's");
  expect(await readdir(run.directory)).not.toEqual(expect.arrayContaining(['site']));
  expect(await readdir(run.directory)).not.toEqual(expect.arrayContaining(['history']));
});

test('a dashboard that cannot be written hides nothing', async () => {
  const github = await repository();
  const inputs = { dashboard: 'health_gate_report.json/site' };
  const run = await reportOnPullRequest({ github, files: [green], inputs });
  expect(run.outputs).toMatchObject({ status: 'success', mode: 'comment', 'dashboard-path': '' });
  expect(run.stdout).toContain('no dashboard was written');
});

test('a history in a git ref is added to by each run, also by two at once, and by no fork', async () => {
  const github = await repository();
  const report = (runId: number, head?: string) =>
    reportOnPullRequest({
      github,
      files: [green],
      inputs: { history: 'git-ref', dashboard: 'site' },
      variables: { GITHUB_RUN_ID: String(runId) },
      ...(head === undefined ? {} : { head }),
    });
  await report(821);
  await Promise.all([report(822), report(823)]);
  await report(824, 'mallory/app');
  const last = await report(825);
  const index = await readFile(last.outputs['dashboard-path'] ?? '', 'utf8');
  expect(index).toContain('from 4 runs');
});

test('a history that cannot be written is a warning', async () => {
  const github = await repository();
  github.fail(403, { path: /git\/trees/ });
  const run = await reportOnPullRequest({ github, files: [green], inputs: { history: 'git-ref' } });
  expect(run.outputs['status']).toBe('success');
  expect(run.stdout).toContain('GitHub answered 403');
});
