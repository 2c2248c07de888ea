import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describe, expect } from '@jest/globals';
import { renderGantt } from '@sophia/core/report/markdown/gantt';

import { testWith, toolPath } from './conformance-tool.ts';

const golden = resolve(import.meta.dirname, '../../packages/core/src/report/golden/fixtures');

interface Task {
  readonly task: string;
  readonly startMs: number;
  readonly endMs: number;
}

const READER = `
const mermaid = (await import(process.argv[1])).default;
let text = '';
for await (const chunk of process.stdin) text += chunk;
const answers = [];
for (const diagram of JSON.parse(text)) {
  try {
    await mermaid.parse(diagram);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(diagram);
    answers.push(db.getTasks().map(({ task, startTime, endTime }) => ({ task: task.trim(), startMs: +startTime, endMs: +endTime })));
  } catch (error) {
    answers.push(String(error));
  }
}
console.log(JSON.stringify(answers));
`;

/** What mermaid's own parser reads: the tasks of each diagram, or why it refused it. */
function readWithMermaid(diagrams: readonly string[]): readonly (readonly Task[] | string)[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', READER, toolPath('mermaid')],
    { input: JSON.stringify(diagrams), encoding: 'utf8' },
  );
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as readonly (readonly Task[] | string)[];
}

const diagramsIn = (markdown: string) =>
  [...markdown.matchAll(/```mermaid\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

const HOSTILE = [
  'title: x',
  'section a',
  '2024-01-01',
  'a:b;c#d%%{init}%%',
  '"quoted" [x](javascript:1)',
  '',
  '日本',
];

describe('mermaid’s own parser', () => {
  testWith('mermaid')('accepts every diagram of the golden comments and summaries', () => {
    const files = readdirSync(golden).filter((name) => name.endsWith('.md'));
    const diagrams = files.flatMap((name) => diagramsIn(readFileSync(join(golden, name), 'utf8')));
    expect(diagrams.length).toBeGreaterThan(2);
    for (const tasks of readWithMermaid(diagrams)) {
      expect(typeof tasks === 'string' ? tasks : tasks.length).toBeGreaterThan(0);
    }
  });

  testWith('mermaid')('gives every span its times, whatever its name is', () => {
    const spans = HOSTILE.map((label, index) => ({
      ...{ label, nested: index % 2 === 1, verdict: 'success' as const },
      ...{ startMs: index * 1_000, endMs: index * 1_000 + 250 },
    }));
    const [tasks] = readWithMermaid(diagramsIn(renderGantt(spans)));
    expect(Array.isArray(tasks) ? tasks.map(({ startMs, endMs }) => [startMs, endMs]) : tasks).toEqual(
      spans.map(({ startMs, endMs }) => [startMs, endMs]),
    );
  });

  testWith('mermaid')('would refuse what is no diagram', () => {
    expect(readWithMermaid(['gantt\n  a : b : c : 99x'])[0]).not.toEqual([]);
    expect(typeof readWithMermaid(['nonsense'])[0]).toBe('string');
  });
});
