import { sha256 } from './canonical-json.ts';
import { EMPTY_HEAD } from './chain-event.ts';
import type { JournalHead } from './chain-event.ts';
import type { EventType, JournalEvent } from './event.ts';
import { planSchema } from './plan.ts';

/** What a journal's text proves to be. */
export type JournalVerdict =
  | {
      readonly state: 'intact' | 'torn';
      readonly events: readonly JournalEvent[];
      readonly head: JournalHead;
      /** The last line, where it was not written to its end; else empty. */
      readonly torn: string;
      /** One line for people, in every state. */
      readonly message: string;
    }
  | { readonly state: 'broken'; readonly line: number; readonly message: string }
  | { readonly state: 'missing'; readonly torn: string; readonly message: string };

/**
 * Verifies a journal: each line whole, numbered, and chained to the one before; the first one a `deployment.started`.
 * A last line without its newline was torn by a crash before it was flushed, so what it announces never ran.
 *
 * @param text the whole file
 * @param expectedId the deployment that it must belong to; undefined: any
 */
export function verifyJournal(text: string, expectedId?: string): JournalVerdict {
  const lines = text.split('\n');
  const torn = lines.pop() ?? '';
  if (lines.length === 0)
    return { state: 'missing', torn, message: 'there is no journal: not one whole line' };
  const events: JournalEvent[] = [];
  let head = EMPTY_HEAD;
  for (const [index, line] of lines.entries()) {
    const event = parseLine(line);
    const problem = typeof event === 'string' ? event : chainProblem(event, head, expectedId);
    if (problem !== undefined || typeof event === 'string') {
      return {
        state: 'broken',
        line: index + 1,
        message: `broken at line ${index + 1}: ${problem ?? String(event)}`,
      };
    }
    events.push(event);
    head = { seq: event.seq, hash: sha256(line) };
  }
  const whole = `${events.length} lines, chained without a gap; head ${head.hash}`;
  if (torn === '') return { state: 'intact', events, head, torn, message: `intact: ${whole}` };
  return {
    state: 'torn',
    events,
    head,
    torn,
    message: `intact but for a torn last line, which never took effect: ${whole}`,
  };
}

function parseLine(line: string): JournalEvent | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'not a line of JSON';
  }
  return shapeProblem(value) ?? (value as JournalEvent);
}

function chainProblem(event: JournalEvent, head: JournalHead, expectedId?: string): string | undefined {
  if (event.seq !== head.seq + 1) return `expected seq ${head.seq + 1}, got ${event.seq}: a line is missing`;
  if (event.prev !== head.hash) return 'prev is not the hash of the line before: a line was edited or moved';
  if ((event.type === 'deployment.started') !== (event.seq === 1))
    return 'deployment.started must come first';
  if (event.type !== 'deployment.started' || expectedId === undefined || event.deploymentId === expectedId) {
    return undefined;
  }
  return `this is the journal of another deployment: ${event.deploymentId}`;
}

type Field = 'string' | 'number' | 'object' | 'list' | 'nullable-string' | 'nullable-object';

const OF_STEP = { phase: 'string', step: 'string' } as const;
const RESULT = {
  exitCode: 'number',
  attempts: 'number',
  durationMs: 'number',
  category: 'nullable-string',
  message: 'string',
  stopped: 'nullable-string',
} as const;

/** What each type carries. A table instead of a schema library: 100,000 lines must be verified within a second. */
const FIELDS: Readonly<Record<EventType, Readonly<Record<string, Field>>>> = {
  'deployment.started': {
    deploymentId: 'string',
    environment: 'string',
    commit: 'string',
    planHash: 'string',
    plan: 'object',
    rollback: 'string',
    run: 'object',
    undoes: 'nullable-object',
  },
  'deployment.resumed': { run: 'object', dropped: 'nullable-object' },
  'phase.started': { phase: 'string' },
  'step.started': OF_STEP,
  'before.finished': { ...OF_STEP, outputs: 'object' },
  'step.finished': { ...OF_STEP, ...RESULT, outputs: 'object' },
  'phase.finished': { phase: 'string', status: 'string' },
  'rollback.started': { reason: 'string', failedStep: 'nullable-string' },
  'undo.started': OF_STEP,
  'undo.finished': { ...OF_STEP, ...RESULT },
  'rollback.finished': { status: 'string', remaining: 'list' },
  'deployment.finished': { status: 'string', failedStep: 'nullable-string' },
  override: { what: 'string', actor: 'string', reason: 'string' },
};

const FIELD_LISTS = new Map(
  Object.entries(FIELDS).map(([type, fields]) => [
    type,
    Object.entries({ seq: 'number', time: 'string', prev: 'string', ...fields } as const),
  ]),
);

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fits(value: unknown, field: Field): boolean {
  switch (field) {
    case 'string':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'object':
      return isMap(value);
    case 'list':
      return Array.isArray(value);
    case 'nullable-string':
      return value === null || typeof value === 'string';
    case 'nullable-object':
      return value === null || isMap(value);
  }
}

/** @returns what is wrong with a line's value, or undefined where it is an event. */
function shapeProblem(value: unknown): string | undefined {
  if (!isMap(value)) return 'not an event';
  const fields = FIELD_LISTS.get(String(value['type']));
  if (fields === undefined) return `unknown type ${JSON.stringify(value['type'])}`;
  const wrong = fields.find(([name, field]) => !fits(value[name], field));
  if (wrong !== undefined) return `${String(value['type'])}: ${wrong[0]} is missing or no ${wrong[1]}`;
  if (value['type'] !== 'deployment.started') return undefined;
  const plan = planSchema.safeParse(value['plan']);
  return plan.success ? undefined : `the plan does not hold: ${plan.error.issues[0]?.message ?? ''}`;
}
