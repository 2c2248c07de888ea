import { createHash } from 'node:crypto';

import { describe, expect, test } from '@jest/globals';

import { parseNeeds } from './parse-jobs.ts';
import { readSource } from './read-source.ts';

const read = (text: string) => readSource({ path: 'a/name/that/says/nothing', text });

describe('a file is told by its content', () => {
  test('JUnit XML, nested and with CDATA', () => {
    const reading = read(`<?xml version="1.0"?><!-- made by a tool -->
<testsuites><testsuite name="outer"><testsuite name="inner">
<testcase name="one" time="1,000.5"/><testcase name="two"><failure><![CDATA[boom <here>]]></failure></testcase>
<testcase name="three" classname="c.C" file="c.ts" line="4"><error message="worse"/></testcase>
<testcase name="four"><skipped/></testcase></testsuite></testsuite></testsuites>`);
    expect(reading).toMatchObject({
      format: 'tests',
      tests: {
        passed: 1,
        failed: 2,
        skipped: 1,
        durationMs: 1_000_500,
        failures: [
          { suite: 'inner', name: 'two', message: 'boom <here>' },
          { suite: 'c.C', name: 'three', message: 'worse', file: 'c.ts', line: 4 },
        ],
      },
    });
  });

  test('CTRF', () => {
    const tests = [
      { name: 'a', status: 'passed', duration: 3 },
      { name: 'b', status: 'failed', duration: 4, message: 'no', suite: ['x', 'y'] },
      { name: 'c', status: 'pending', duration: 0 },
    ];
    const document = { results: { tool: { name: 'jest' }, summary: { start: 10, stop: 25 }, tests } };
    expect(read(JSON.stringify(document))).toMatchObject({
      format: 'tests',
      tests: {
        tool: 'jest',
        passed: 1,
        failed: 1,
        skipped: 1,
        durationMs: 15,
        failures: [{ suite: 'x > y', name: 'b' }],
      },
    });
  });

  test('SARIF: levels come from the rule where a result has none, and what was suppressed does not count', () => {
    const rules = [{ id: 'r', defaultConfiguration: { level: 'error' } }];
    const results = [
      { ruleId: 'r', message: { text: 'one' } },
      { ruleId: 'r', message: { text: 'accepted' }, suppressions: [{ kind: 'inSource' }] },
      { ruleId: 'q', message: { text: 'two' } },
      { ruleId: 'q', level: 'none', message: { text: 'nothing' } },
    ];
    const document = { version: '2.1.0', runs: [{ tool: { driver: { name: 's', rules } }, results }] };
    expect(read(JSON.stringify(document))).toMatchObject({
      format: 'findings',
      findings: { tool: 's', errors: 1, warnings: 1, notes: 0 },
    });
  });

  test('lcov and Cobertura', () => {
    const lcov = 'TN:\nSF:a\nLF:10\nLH:7\nBRF:4\nBRH:1\nend_of_record\nSF:b\nLF:2\nLH:2\nend_of_record\n';
    const sums = { linesTotal: 12, linesCovered: 9, branchesTotal: 4, branchesCovered: 1 };
    expect(read(lcov)).toMatchObject({ format: 'coverage', coverage: sums });
    const lines =
      '<line number="1" hits="3"/><line number="2" hits="0" branch="true" condition-coverage="50% (1/2)"/>';
    const cobertura = `<coverage><packages><class><methods><method><lines><line number="1" hits="3"/></lines></method></methods><lines>${lines}</lines></class></packages></coverage>`;
    expect(read(cobertura)).toMatchObject({
      format: 'coverage',
      coverage: { linesTotal: 2, linesCovered: 1, branchesTotal: 2, branchesCovered: 1 },
    });
  });

  test('a journal, with its chain and a torn last line', () => {
    const first = JSON.stringify({
      seq: 1,
      time: '2026-06-12T09:30:00Z',
      type: 'deployment.started',
      prev: '0'.repeat(64),
      deploymentId: 'd',
    });
    const prev = createHash('sha256').update(first).digest('hex');
    const second = JSON.stringify({
      seq: 2,
      time: '2026-06-12T09:30:01Z',
      type: 'phase.started',
      prev,
      phase: 'p',
    });
    expect(read(`${first}\n${second}\n{"seq":3,"ti`)).toMatchObject({
      format: 'journal',
      journal: { deploymentId: 'd', intact: true, torn: true, events: [{ seq: 1 }, { seq: 2, phase: 'p' }] },
    });
    const broken = second.replace(prev, 'f'.repeat(64));
    expect(read(`${first}\n${broken}\n`)).toMatchObject({ journal: { intact: false } });
  });

  test('a workflow of the local runner', () => {
    const jobs = [
      { id: 'a', result: 'success', startedAt: '2026-06-12T09:30:00Z', durationMs: 5, steps: [] },
    ];
    expect(read(JSON.stringify({ event: 'push', result: 'success', jobs }))).toMatchObject({
      format: 'workflow',
      workflow: { event: 'push', jobs: [{ id: 'a', durationMs: 5 }] },
    });
  });
});

describe('what cannot be read is a value', () => {
  test.each([
    ['an empty file', ''],
    ['cut JSON', '{"schema":"sophia-report/1","kind":'],
    ['a report without its fields', '{"schema":"sophia-report/1","kind":"health-gate"}'],
    ['broken XML', '<testsuite><testcase name="a"></testsuite>'],
    ['an entity bomb', '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite name="&b;"/>'],
  ])('%s is unreadable', (_, text) => {
    expect(read(text)).toMatchObject({ format: 'unreadable' });
  });

  test.each([
    ['prose', 'hello'],
    ['another XML', '<html><body/></html>'],
    ['another JSON', '{"name":"x"}'],
    ['deep JSON', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ])('%s is unknown', (_, text) => {
    expect(read(text)).toMatchObject({ format: 'unknown' });
  });

  test('a megabyte of hostile input takes no time that grows with its square', () => {
    const startMs = performance.now();
    for (const text of [
      '<'.repeat(1_000_000),
      '{'.repeat(1_000_000),
      `<!--${'<!-'.repeat(300_000)}`,
      'SF:'.repeat(330_000),
    ])
      read(text);
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });
});

test('needs are the results by job; other text is none', () => {
  expect(parseNeeds('{"a":{"result":"skipped","outputs":{}}}')).toMatchObject([
    { id: 'a', result: 'skipped' },
  ]);
  expect(parseNeeds('')).toEqual([]);
  expect(parseNeeds('${{ toJSON(needs) }}')).toBeUndefined();
});
