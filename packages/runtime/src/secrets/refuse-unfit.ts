import type { PlannedExport, RefusedExport } from '@sophia/core/secrets/exports';

import type { ExportTarget } from './setup-inputs.ts';
import { problemWithName } from './setup-inputs.ts';

/** Why something is not exported: what the plan says, and what only the runner and the kernel mind. */
export interface Refusal extends Omit<RefusedExport, 'reason'> {
  readonly reason: RefusedExport['reason'] | 'too-large' | 'not-unicode' | 'reserved';
}

/** Linux starts no program with a longer variable: 32 pages, `NAME=` and the closing NUL included (execve(2)). */
const LONGEST_VARIABLE_BYTES = 131_072;

/** GitHub's own limit for all outputs of a job is 1 MB; a single one beyond it can never arrive. */
const LONGEST_OUTPUT_BYTES = 1_048_576;

/** Outputs that this action sets itself; the runner does not tell cases apart. */
const OWN_OUTPUTS = new Set([
  'status',
  'report-path',
  'esc-status',
  'missing-secrets',
  'exported',
  'drift',
  'revision',
]);

interface Planned {
  readonly exports: readonly PlannedExport[];
  readonly files: readonly PlannedExport[];
}

/** @returns what of a plan would arrive damaged, break the steps after this one, or hide another export. */
export function refuseUnfit(planned: Planned, target: ExportTarget['kind']): readonly Refusal[] {
  const names = new Set(planned.exports.map(({ name }) => name));
  const variables = planned.exports.flatMap((planned) => {
    const reason = reasonAgainst(planned, target);
    return reason === undefined ? [] : [refusal(planned, reason)];
  });
  const files = planned.files.flatMap((file): readonly Refusal[] => {
    if (problemWithName(file.name) !== undefined) return [refusal(file, 'takes-over')];
    if (names.has(file.name)) return [refusal(file, 'collision')];
    return isUnicode(file.text.reveal()) ? [] : [refusal(file, 'not-unicode')];
  });
  return [...variables, ...files];
}

/** A lone half of a surrogate pair has no UTF-8: it would be replaced on its way into a file. */
const isUnicode = (text: string) => !/\p{Surrogate}/u.test(text);

const refusal = ({ name, source }: PlannedExport, reason: Refusal['reason']): Refusal => ({
  name,
  source,
  reason,
});

function reasonAgainst(
  { name, text }: PlannedExport,
  target: ExportTarget['kind'],
): Refusal['reason'] | undefined {
  const value = text.reveal();
  if (!isUnicode(value)) return 'not-unicode';
  const bytes = Buffer.byteLength(value);
  if (target === 'outputs') {
    if (OWN_OUTPUTS.has(name.toLowerCase())) return 'reserved';
    return bytes > LONGEST_OUTPUT_BYTES ? 'too-large' : undefined;
  }
  return Buffer.byteLength(name) + bytes + 2 > LONGEST_VARIABLE_BYTES ? 'too-large' : undefined;
}
