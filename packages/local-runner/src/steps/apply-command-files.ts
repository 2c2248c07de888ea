import { messageOf } from '@sophia/core/errors';
import { parsePairs, readCommandFile } from './command-files.ts';
import type { Execution } from './execution.ts';

/** Node would load a foreign module with every action: the one name that the runner refuses. */
const BLOCKED = 'NODE_OPTIONS';

/** A step may write 1 MiB of summary; more is dropped (GitHub's documented limit). */
const MAX_SUMMARY_BYTES = 1 << 20;

function addPaths(execution: Execution): void {
  const { paths } = execution.job;
  for (const line of readCommandFile(execution.files.path).split('\n')) {
    const path = line.replace(/\r$/, '');
    if (path === '') continue;
    const known = paths.indexOf(path);
    if (known >= 0) paths.splice(known, 1);
    paths.push(path);
  }
}

function setVariables(execution: Execution): void {
  for (const [name, value] of parsePairs(readCommandFile(execution.files.env))) {
    if (name.toUpperCase() === BLOCKED) {
      throw new Error(`Can't store ${BLOCKED} output parameter using '$GITHUB_ENV' command.`);
    }
    execution.job.env[name] = value;
  }
}

function addSummary(execution: Execution): void {
  const text = readCommandFile(execution.files.summary);
  if (text === '') return;
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_SUMMARY_BYTES) {
    const message = `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${Math.round(bytes / 1024)}k.`;
    execution.annotate({ level: 'error', message });
    return;
  }
  execution.job.summaries.push(execution.job.masks.apply(text));
}

function saveState(execution: Execution): void {
  for (const [name, value] of parsePairs(readCommandFile(execution.files.state)))
    execution.task.state[name] = value;
}

function setOutputs(execution: Execution): void {
  for (const [name, value] of parsePairs(readCommandFile(execution.files.output)))
    execution.outputs[name] = value;
}

const files = [
  ['path', addPaths],
  ['env', setVariables],
  ['step_summary', addSummary],
  ['state', saveState],
  ['output', setOutputs],
] as const;

/** Takes over what a step wrote to its files; one that cannot be read fails the step, the others still count. */
export function applyCommandFiles(execution: Execution): void {
  for (const [name, apply] of files) {
    try {
      apply(execution);
    } catch (error) {
      execution.fail(`Unable to process file command '${name}' successfully. ${messageOf(error)}`);
    }
  }
}
