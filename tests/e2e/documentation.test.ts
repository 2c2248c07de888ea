// What the documentation names must be there.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { doraOf, promisesOf } from '@sophia/core/report/history/measures';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');

describe('SECURITY.md', () => {
  const table = text('SECURITY.md').split('## Threats')[1] ?? '';
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && line.includes('.test.ts'));

  test('has a row for each threat', () => expect(rows.length).toBeGreaterThanOrEqual(20));

  test.each(rows.map((row) => [row.split('|')[1]?.trim() ?? '', row]))(
    'names tests that are there: %s',
    (_, row) => {
      let file = '';
      let named = 0;
      for (const [, path, title] of row.matchAll(/`([\w./-]+\.test\.ts)`|"([^"]+)"/g)) {
        if (path !== undefined) file = path;
        else {
          named += 1;
          // A test's own quotes may be of the other kind.
          const titles = text(file).replaceAll("\\'", "'");
          expect([file, titles.includes(title ?? '') ? title : titles.length]).toEqual([file, title]);
        }
      }
      expect(named).toBeGreaterThan(0);
    },
  );
});

describe('docs/troubleshooting.md', () => {
  const page = text('docs/troubleshooting.md');
  const unionOf = (file: string, name: string) => {
    const body = text(file).split(`export type ${name} =`)[1]?.split(';')[0] ?? '';
    return [...body.matchAll(/'([a-z-]+)'/g)].map((match) => match[1] ?? '');
  };

  test('explains every error code and every category', () => {
    const codes = unionOf('packages/core/src/errors.ts', 'ErrorCode');
    const categories = unionOf('packages/core/src/report/envelope.ts', 'Category');
    expect([codes.length > 10, categories.length > 10]).toEqual([true, true]);
    const missing = [...codes, ...categories].filter((word) => !page.includes(`| \`${word}\``));
    expect(missing).toEqual([]);
  });
});

describe('docs/metrics.md', () => {
  test('says of each promise how it is measured, where, and what it is here', () => {
    const rows = text('docs/metrics.md')
      .split('\n')
      .filter((line) => /^\| \w/.test(line) && line.split('|').length === 6);
    expect(rows.length).toBeGreaterThan(12);
    expect(
      rows.filter((row) =>
        row
          .split('|')
          .slice(1, -1)
          .some((cell) => cell.trim() === ''),
      ),
    ).toEqual([]);
  });

  test('names each row of the dashboard, and no other', () => {
    const [prose = ''] = text('docs/metrics.md').split('## Our own figures');
    const named = [...prose.matchAll(/"([A-Z][^"]+)"/g)].map((match) => match[1] ?? '');
    const rows = [...doraOf([], 0), ...promisesOf([])].map(({ name }) => name);
    expect([...new Set(named)].toSorted()).toEqual(rows.toSorted());
  });
});

test('every page is reached from the README', () => {
  const folders = [
    '.',
    'docs',
    'docs/engines',
    ...['actions', 'packages'].flatMap((group) =>
      readdirSync(join(root, group)).map((name) => `${group}/${name}`),
    ),
    'examples/sophia',
  ];
  const pages = folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );
  const reached = new Set<string>();
  const pending = ['README.md'];
  for (let page = pending.pop(); page !== undefined; page = pending.pop()) {
    if (reached.has(page) || !page.endsWith('.md')) continue;
    reached.add(page);
    for (const [, target = ''] of text(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g))
      pending.push(join(page, '..', target));
  }
  expect(pages.length).toBeGreaterThan(25);
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});

describe('docs/workflows.md', () => {
  const page = text('docs/workflows.md');
  /** The cells of the rows below a heading whose first cell is a name in code. */
  const rowsOf = (heading: string) =>
    (page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
  const name = (cell = '') => cell.replaceAll('`', '');
  const load = (file: string) =>
    parse(text(`.github/workflows/${file}`)) as {
      jobs: Record<
        string,
        { needs?: string | string[]; permissions: Record<string, string>; 'timeout-minutes': number }
      >;
      on: {
        workflow_call: { inputs: Record<string, { default?: unknown }>; secrets: Record<string, unknown> };
      };
    };

  test('tells the needs, rights and limit of each job as they are', () => {
    const told = rowsOf('The nine jobs').map(([job, , after, rights, limit]) => [
      name(job),
      after,
      rights,
      limit,
    ]);
    const are = Object.entries(load('master-deployment.yml').jobs).map(([id, job]) => [
      id,
      [job.needs ?? []].flat().join(', '),
      Object.entries(job.permissions)
        .map(([scope, level]) => `${scope}: ${level}`)
        .join(', '),
      `${job['timeout-minutes']} min`,
    ]);
    expect(told).toEqual(are);
  });

  test.each(['master-deployment.yml', 'health-gate.yml'])(
    'lists each input of %s with its default',
    (file) => {
      const told = rowsOf(`Inputs of ${file}`).map(([input, standard]) => [name(input), name(standard)]);
      const { inputs, secrets } = load(file).on.workflow_call;
      expect(told).toEqual(
        Object.entries(inputs).map(([input, { default: standard }]) => [input, String(standard ?? '')]),
      );
      for (const secret of Object.keys(secrets)) expect(page).toContain(`\`${secret}\``);
    },
  );
});

describe('errors', () => {
  test('every one of ours has a hint that says more than nothing', () => {
    const sources = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
      .filter((path) => /^\w[\w-]*\/src\/.*(?<!\.test|\.fixture)\.ts$/.test(path))
      .map((path) => `packages/${path}`);
    const thrown = sources.flatMap((path) =>
      [...text(path).matchAll(/new SophiaError\(\s*'[a-z-]+',[\s\S]{0,1500}?\bhint:\s*(''|"")/g)].map(
        () => path,
      ),
    );
    expect(sources.length).toBeGreaterThan(200);
    expect(thrown).toEqual([]);
  });
});

describe('links between pages', () => {
  const pages = [
    ...['README.md', 'SECURITY.md', 'CONTRIBUTING.md'],
    ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.md'))
      .map((path) => `docs/${path}`),
    ...readdirSync(join(root, 'actions')).map((name) => `actions/${name}/README.md`),
  ];

  test.each(pages)('%s', (page) => {
    const targets = [...text(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(
      (match) => match[1] ?? '',
    );
    const broken = targets.filter((target) => {
      const path = resolve(root, page, '..', decodeURIComponent(target));
      try {
        readdirSync(path);
        return false;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === 'ENOENT';
      }
    });
    expect(broken).toEqual([]);
  });
});
