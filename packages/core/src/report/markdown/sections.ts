import { formatDuration } from '../../duration.ts';
import type { ListedFile, Pipeline, Problem, Span, Stage } from '../pipeline/model.ts';
import { problemKey } from '../pipeline/digest.ts';
import { SIGNS } from '../verdict-words.ts';
import { sparkline } from './bars.ts';
import type { Block, Row } from './blocks.ts';
import { renderGantt } from './gantt.ts';
import { codeSpan, htmlInline, inlineMarkdown } from './inline.ts';

/** What is given up last has the smallest number: the overview, failures, warnings, timeline, and files not counted. */
const PRIORITY = { overview: 10, failure: 20, listed: 30, warning: 40, timeline: 60, diagram: 70 } as const;

const cells = (values: readonly string[]) => `| ${values.join(' | ')} |`;

function collapsible(title: string, open: '' | ' open', inner: { head: string; tail: string }) {
  return {
    head: `<details${open}><summary>${title}</summary>\n\n${inner.head}`.trimEnd(),
    tail: `${inner.tail}\n\n</details>`.replace(/^\n\n/, '\n'),
  };
}

const signed = (change: number) => `${change > 0 ? '+' : '−'}${Math.abs(change)}`;

/** @returns how a stage changed against the run before: failures first, since they are what people look for. */
export function deltaOf(stage: Stage, { previous }: Pipeline): string {
  const before = previous?.stages[stage.key];
  if (before === undefined) return previous === undefined ? '' : 'new';
  if (stage.failed !== before.failed) return `${signed(stage.failed - before.failed)} ✗`;
  if (stage.passed !== before.passed) return signed(stage.passed - before.passed);
  return '=';
}

/** @returns the table of stages, with changes and trend where there is a run to compare with. */
export function overview(pipeline: Pipeline): Block {
  const { previous, digest, stages } = pipeline;
  const compared = previous !== undefined;
  const title = compared ? [`Δ vs run ${previous.run}`, 'Trend'] : [];
  const rows = stages.map((stage): Row => {
    const trend = sparkline(digest.stages[stage.key]?.trend ?? []);
    const change = compared ? [deltaOf(stage, pipeline), trend === '' ? '' : `\`${trend}\``] : [];
    const took = stage.durationMs === undefined ? '' : formatDuration(stage.durationMs);
    const own = [SIGNS[stage.verdict], inlineMarkdown(stage.title), inlineMarkdown(stage.result), took];
    return { text: cells([...own, ...change]), priority: PRIORITY.overview };
  });
  const head = [
    cells(['', 'Stage', 'Result', 'Time', ...title]),
    cells(['---', '---', '---', '---:', ...title.map(() => '---')]),
  ];
  return { head: head.join('\n'), rows, tail: '', priority: PRIORITY.overview };
}

function problemRow(problem: Problem, { previous }: Pipeline): string {
  const isNew = previous !== undefined && !previous.failing.includes(problemKey(problem));
  const folded = problem.folded > 0 ? `; explains ${problem.folded} more` : '';
  const why = [problem.category ?? '', inlineMarkdown(problem.message)]
    .filter((part) => part !== '')
    .join(': ');
  const name = `${codeSpan(problem.name)}${isNew ? ' **new**' : ''}`;
  return cells([name, inlineMarkdown(problem.where), `${why}${folded}`, inlineMarkdown(problem.hint)]);
}

/** @returns the list of failures, or of warnings; undefined where there are none. */
export function problemList(pipeline: Pipeline, verdict: Problem['verdict']): Block | undefined {
  const shown = pipeline.problems.filter((problem) => problem.verdict === verdict);
  if (shown.length === 0) return undefined;
  const title = verdict === 'failure' ? 'Failures' : 'Warnings';
  const head = [cells(['What', 'Where', 'Why', 'What to do']), cells(['---', '---', '---', '---'])].join(
    '\n',
  );
  return {
    ...collapsible(`${title} (${shown.length})`, verdict === 'failure' ? ' open' : '', { head, tail: '' }),
    rows: shown.map((problem) => ({ text: problemRow(problem, pipeline), priority: PRIORITY[verdict] })),
    priority: PRIORITY[verdict],
  };
}

const clock = (ms: number) => formatDuration(Math.max(0, ms));

function spanRow(span: Span, originMs: number): Row {
  const name = `${span.nested ? '&emsp;' : ''}${codeSpan(span.label)}`;
  const took = clock(span.endMs - span.startMs);
  return {
    text: cells([name, `+${clock(span.startMs - originMs)}`, took, span.verdict]),
    priority: PRIORITY.timeline,
  };
}

/** @returns spans as a diagram, with the same as a table for where Mermaid is not rendered (mobile, mail). */
export function timelineBlocks(title: string, spans: readonly Span[]): readonly Block[] {
  if (spans.length === 0) return [];
  const originMs = Math.min(...spans.map((span) => span.startMs));
  const head = [cells(['What', 'Start', 'Time', 'Result']), cells(['---', '---:', '---:', '---'])].join('\n');
  const diagram = collapsible(htmlInline(title), '', { head: renderGantt(spans), tail: '' });
  return [
    { ...diagram, rows: [], priority: PRIORITY.diagram },
    {
      ...collapsible(`${htmlInline(title)}, as a table`, '', { head, tail: '' }),
      rows: spans.map((span) => spanRow(span, originMs)),
      priority: PRIORITY.timeline,
    },
  ];
}

const LISTED_WORDS: Readonly<Record<ListedFile['why'], string>> = {
  foreign: 'of another run',
  superseded: 'replaced by a later attempt',
  unknown: 'no format that is known',
  unreadable: 'broken',
  missing: 'missing',
};

/** @returns the files that were found and do not count, with why. */
export function listedBlock({ listed }: Pipeline): Block | undefined {
  if (listed.length === 0) return undefined;
  const head = [cells(['File', 'Why it does not count', 'Detail']), cells(['---', '---', '---'])].join('\n');
  return {
    ...collapsible(`Not counted (${listed.length})`, '', { head, tail: '' }),
    rows: listed.map(({ path, why, detail }) => ({
      text: cells([codeSpan(path), LISTED_WORDS[why], inlineMarkdown(detail)]),
      priority: PRIORITY.listed,
    })),
    priority: PRIORITY.listed,
  };
}
