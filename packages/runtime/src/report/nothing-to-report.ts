import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { SophiaError } from '@sophia/core/errors';

import type { Session } from '../host/session.ts';
import type { ReportInputs } from './report-inputs.ts';

/** Where our actions write (contract, section 3), for a job that does not say where its reports are. */
export const DEFAULT_PATTERNS = [
  'esc_setup_report.json',
  'health_gate_report.json',
  'mcp_status_report.json',
  'logs/deployments/*.json',
  'logs/deployments/*.jsonl',
] as const;

/** An expression that nobody evaluated (a terminal, a test) is no token. */
export const isToken = (text: string) => text !== '' && !text.startsWith('${{');

/**
 * @returns true where there is nothing to report and nobody to tell it: no file, no text, no results of jobs, no token and
 *   no artifacts. With somebody to tell, that nothing was reported is itself a report, and a red one.
 */
export function isEmptyHanded(inputs: ReportInputs, { host, directory }: Session): boolean {
  const { reports, needs, message, githubToken } = inputs;
  const given = reports.length > 0 || needs !== '' || message !== '' || isToken(githubToken);
  if (given || (host.variables['ACTIONS_RUNTIME_TOKEN'] ?? '') !== '') return false;
  return !DEFAULT_PATTERNS.some((pattern) => existsSync(resolve(directory, pattern.replace(/\/\*.*$/, ''))));
}

/** Whoever asks for a report and has none has made a mistake somewhere. */
export const nothingToReport = ({ host }: Session) =>
  new SophiaError('usage', host.kind === 'terminal' ? NOTHING_HERE : NOTHING_IN_JOB);

const NOTHING_HERE = {
  message: 'there is nothing to report: no report is in this folder',
  hint: 'run `sophia gate` or `sophia deploy` first, or name reports with --reports',
};

const NOTHING_IN_JOB = {
  message: 'there is nothing to report: no report is here, no artifact can be read, and `needs` is empty',
  hint: 'run it after the other actions, or give `reports`, or `needs: ${{ toJSON(needs) }}` with `github-token`',
};
