import type { Report, ReportItem } from './envelope.ts';
import { plainLine } from './markdown/inline.ts';
import { itemTimeline } from './pipeline/item-timeline.ts';
import type { Pipeline, Span } from './pipeline/model.ts';
import { titleOf, verdictOf } from './pipeline/stages.ts';
import { journalTimeline } from './pipeline/timeline.ts';
import type { Job } from './read/source.ts';
import { ROOT_PATH, spanIdOf, traceIdOf } from './trace-context.ts';
import type { TraceContext } from './trace-context.ts';

export type TraceAttributes = Readonly<Record<string, string | number | boolean>>;

/** One span of a run's trace. */
export interface TraceSpan {
  readonly spanId: string;
  /** Empty for a root without a parent. */
  readonly parentId: string;
  /** Foreign text, on one line of at most 200 characters. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  /** `unset` is what all has that did not fail (opentelemetry.io, "Set status"). */
  readonly status: 'unset' | 'error';
  /** Why it failed; empty where nobody says. */
  readonly message: string;
  readonly attributes: TraceAttributes;
}

/** A run as one trace: parents before their children. */
export interface Trace {
  readonly traceId: string;
  readonly spans: readonly TraceSpan[];
}

/** More spans than this are cut: nobody reads them, and the export must end in time. */
const MOST_SPANS = 2_000;
const LONGEST_NAME = 200;

/** A node of the tree before it has ids. */
interface Node {
  readonly name: string;
  readonly kind: 'workflow' | 'job' | 'report' | 'phase' | 'step' | 'undo' | 'check' | 'server' | 'item';
  readonly startMs: number;
  readonly endMs: number;
  readonly verdict: Span['verdict'];
  readonly message: string;
  readonly attributes: TraceAttributes;
  readonly children: readonly Node[];
}

const KINDS: Partial<Readonly<Record<Report['kind'], Node['kind']>>> = {
  'health-gate': 'check',
  'mcp-orchestrate': 'server',
};

const firstStart = (nodes: readonly { readonly startMs: number }[]) =>
  Math.min(...nodes.map(({ startMs }) => startMs));
const lastEnd = (nodes: readonly { readonly endMs: number }[]) =>
  Math.max(...nodes.map(({ endMs }) => endMs));

/** What is known of an item beside its bar. Where the bar is a journal's, the item of the same name tells why it failed. */
function itemFacts(item: ReportItem | undefined): Pick<Node, 'message' | 'attributes'> {
  if (item === undefined) return { message: '', attributes: {} };
  const { kind, severity, attempts, category, message } = item;
  const why: TraceAttributes = category === null ? {} : { 'error.type': category };
  return {
    message: item.status === 'failure' ? message : '',
    attributes: { 'sophia.kind': kind, 'sophia.severity': severity, 'sophia.attempts': attempts, ...why },
  };
}

function leaf(span: Span, kind: Node['kind'], items: readonly ReportItem[]): Node {
  const { label, startMs, endMs, verdict } = span;
  const facts = itemFacts(kind === 'undo' ? undefined : items.find(({ name }) => name === label));
  return { name: label, kind, startMs, endMs, verdict, children: [], ...facts };
}

/** Steps below their phases, by the first part of their names. */
function phaseNodes(steps: readonly Node[]): readonly Node[] {
  const phases = new Map<string, Node[]>();
  for (const step of steps) {
    const phase = step.name.includes('/') ? step.name.slice(0, step.name.indexOf('/')) : '';
    phases.set(phase, [...(phases.get(phase) ?? []), step]);
  }
  return [...phases].flatMap(([name, children]): readonly Node[] => {
    if (name === '') return children;
    const failed = children.some(({ verdict }) => verdict === 'failure');
    const verdict = failed ? 'failure' : 'success';
    const [startMs, endMs] = [firstStart(children), lastEnd(children)];
    return [{ name, kind: 'phase', startMs, endMs, verdict, message: '', attributes: {}, children }];
  });
}

function deploymentNodes(report: Report, { journals }: Pipeline): readonly Node[] {
  const { items, deploymentId } = report;
  const journal = journals.find((one) => one.deploymentId === deploymentId && deploymentId !== '');
  const spans = journal === undefined ? itemTimeline(report) : journalTimeline(journal);
  // In a journal's timeline what is nested is an undo.
  return phaseNodes(spans.map((span) => leaf(span, span.nested ? 'undo' : 'step', items)));
}

function reportNode(report: Report, pipeline: Pipeline): Node {
  const { kind, items, status, environment, deploymentId, durationMs, summary } = report;
  const startMs = Date.parse(report.startedAt);
  const itemKind = KINDS[kind] ?? 'item';
  const children =
    kind === 'deploy-phase'
      ? deploymentNodes(report, pipeline)
      : itemTimeline(report).map((span) => leaf(span, itemKind, items));
  const verdict = verdictOf(report);
  return {
    name: titleOf(report),
    kind: 'report',
    startMs,
    endMs: startMs + durationMs,
    verdict,
    message: verdict === 'failure' ? summary : '',
    attributes: {
      'sophia.action': kind,
      'sophia.status': status,
      'sophia.environment': environment,
      'sophia.deployment.id': deploymentId,
    },
    children,
  };
}

const JOB_VERDICTS: Readonly<Record<string, Span['verdict']>> = {
  success: 'success',
  failure: 'failure',
  timed_out: 'failure',
  skipped: 'skipped',
};

/** Where nobody measured a job, its reports bound it; a job without both is not in the trace. */
function jobNode(id: string, job: Job | undefined, children: readonly Node[]): readonly Node[] {
  const isMeasured = job?.startedAtMs !== undefined && job.durationMs !== undefined;
  if (!isMeasured && children.length === 0) return [];
  const startMs = isMeasured ? (job.startedAtMs ?? 0) : firstStart(children);
  const endMs = isMeasured ? startMs + (job.durationMs ?? 0) : lastEnd(children);
  const failed = children.some(({ verdict }) => verdict === 'failure');
  const verdict =
    job === undefined ? (failed ? 'failure' : 'success') : (JOB_VERDICTS[job.result] ?? 'warning');
  const attributes = {
    'cicd.pipeline.task.name': id,
    'cicd.pipeline.task.run.result': job?.result ?? (failed ? 'failure' : 'success'),
    'sophia.measured': isMeasured,
  };
  const message = verdict === 'failure' ? `the job ended with ${job?.result ?? 'a failed report'}` : '';
  return [{ name: id || 'local', kind: 'job', startMs, endMs, verdict, message, attributes, children }];
}

function jobNodes(pipeline: Pipeline): readonly Node[] {
  const { jobs, reports } = pipeline;
  const ids = new Set([...jobs.map(({ id }) => id), ...reports.map(({ run }) => run.job)]);
  const nodes = [...ids].flatMap((id) => {
    const own = reports.filter(({ run }) => run.job === id).map((report) => reportNode(report, pipeline));
    return jobNode(
      id,
      jobs.find((job) => job.id === id),
      own,
    );
  });
  return nodes.toSorted((a, b) => a.startMs - b.startMs);
}

function rootNode(pipeline: Pipeline, workflow: string): Node {
  const { run, verdict, headline, environment } = pipeline;
  const children = jobNodes(pipeline);
  const startMs = children.length === 0 ? Date.parse(pipeline.startedAt) : firstStart(children);
  const endMs = children.length === 0 ? startMs + pipeline.durationMs : lastEnd(children);
  // Names of OpenTelemetry's semantic conventions for CI/CD and version control, where there is one.
  const attributes = {
    'cicd.pipeline.name': workflow,
    'cicd.pipeline.run.id': String(run.runId),
    'cicd.pipeline.run.url.full': run.url,
    'cicd.pipeline.result': verdict === 'failure' ? 'failure' : 'success',
    'vcs.repository.name': run.repository,
    'vcs.ref.head.name': run.ref,
    'vcs.ref.head.revision': run.sha,
    'sophia.attempt': run.attempt,
    'sophia.event': run.event,
    'sophia.environment': environment,
  };
  const message = verdict === 'failure' ? headline : '';
  const name = workflow || run.repository;
  return { name, kind: 'workflow', startMs, endMs, verdict, message, attributes, children };
}

const clean = (attributes: TraceAttributes): TraceAttributes =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => {
      const kept = typeof value === 'string' ? plainLine(value) : value;
      return kept === '' ? [] : [[name, kept]];
    }),
  );

/**
 * @param workflow the workflow's name; empty where nobody knows it
 * @param given a span that TRACEPARENT names. Somebody else's: the run belongs below it, and the trace is theirs
 * @returns the run as one trace: workflow, jobs, reports, and below these checks, servers, or phases with their steps.
 *   What nobody measured has no span. Ids depend on the place in the tree and nothing else.
 */
export function buildTrace(pipeline: Pipeline, workflow: string, given: TraceContext | undefined): Trace {
  const { run } = pipeline;
  // What our actions gave to the later steps of a job comes back here: it is this trace, and no parent of it.
  const parent = given?.traceId === traceIdOf(run) ? undefined : given;
  const spans: TraceSpan[] = [];
  const taken = new Map<string, number>();
  const add = (node: Node, above: string, parentId: string): void => {
    const plainPath = above === '' ? ROOT_PATH : `${above}/${node.kind}:${node.name}`;
    const count = (taken.get(plainPath) ?? 0) + 1;
    taken.set(plainPath, count);
    const path = count === 1 ? plainPath : `${plainPath}#${count}`;
    const spanId = spanIdOf(run, path);
    const isError = node.verdict === 'failure';
    spans.push({
      ...{ spanId, parentId },
      name: plainLine(node.name, LONGEST_NAME),
      ...{ startMs: node.startMs, endMs: Math.max(node.startMs, node.endMs) },
      status: isError ? 'error' : 'unset',
      message: isError ? plainLine(node.message) : '',
      attributes: clean({ ...node.attributes, 'sophia.span': node.kind, 'sophia.verdict': node.verdict }),
    });
    for (const child of node.children) add(child, path, spanId);
  };
  add(rootNode(pipeline, workflow), '', parent?.spanId ?? '');
  return { traceId: parent?.traceId ?? traceIdOf(run), spans: spans.slice(0, MOST_SPANS) };
}
