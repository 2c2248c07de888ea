import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { parseInputs } from '@sophia/core/definition/action';
import type { ActionDefinition, InputsOf } from '@sophia/core/definition/action';
import { SophiaError } from '@sophia/core/errors';
import type { ActionName } from '@sophia/core/report/envelope';

import { requireSource } from '../config/load-config.ts';
import { passTraceContext } from '../telemetry/trace-parent.ts';
import { actionsHost } from './actions.ts';
import type { Host } from './host.ts';
import { outcome } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { publish } from './publish.ts';
import { startSession } from './session.ts';
import type { CommonInputs, Session } from './session.ts';

/** A use case: everything that an action does, from parsed inputs to its outcome. */
export type UseCase<D extends ActionDefinition> = (inputs: InputsOf<D>, session: Session) => Promise<Outcome>;

/** Where each action's report goes where nothing else is said (contract, section 3). */
export const REPORT_FILES: Readonly<Record<ActionName, string>> = {
  'esc-setup': 'esc_setup_report.json',
  'health-gate': 'health_gate_report.json',
  'mcp-orchestrate': 'mcp_status_report.json',
  'deploy-phase': 'logs/deployments/deployment-report.json',
  'pr-report': 'pr_report.json',
};

const inputVariable = (name: string) => `INPUT_${name.replace(/ /g, '_').toUpperCase()}`;

/**
 * Runs an action as the runner starts it: parses every input before the first effect, runs the use case, publishes
 * its outcome and sets the exit code. The use case is loaded only when the inputs hold.
 */
export async function runAction<D extends ActionDefinition>(
  definition: D,
  load: () => Promise<UseCase<D>>,
): Promise<void> {
  const host = actionsHost({ ...process.env });
  const read = (name: string) => host.variables[inputVariable(name)] ?? '';
  for (const [name, input] of Object.entries(definition.inputs))
    if (input.secret && read(name) !== '') host.mask(read(name));
  let session: Session | undefined;
  try {
    const inputs = parseInputs(definition, read);
    session = startSession(definition.name, host, inputs as unknown as CommonInputs);
    await passTraceContext(host);
    if (definition.needsConfiguration?.(read) === true) await requireSource(session);
    const result = await (await load())(inputs, session);
    await publish(session, result);
    if (!result.passes) {
      process.exitCode = 1;
      host.log.error(`${result.status}: ${result.summary}`);
    }
  } catch (error) {
    process.exitCode = 1;
    annotateError(host, error, definition.name);
    await publishFailure(session ?? fallbackSession(definition.name, host), error, definition.failureOutputs);
  }
  process.exit();
}

/** The title is the code, under which docs/troubleshooting.md has more than the hint. */
export function annotateError(host: Host, error: unknown, program: string): void {
  const title = error instanceof SophiaError ? error.code : '';
  host.annotate({ level: 'error', title, message: describe(error, program) });
}

/** @returns what people read: a known error's message and hint; an unknown one is a bug of ours, with its stack. */
export function describe(error: unknown, program: string): string {
  if (error instanceof SophiaError) return `${error.message}\nhint: ${error.hint}`;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `this is a bug in ${program}, please report it with these lines:\n${stack}`;
}

const fallbackCommon: CommonInputs = {
  config: '',
  configInline: '',
  environment: '',
  deploymentId: '',
  uploadArtifact: 'report',
  retentionDays: 30,
  workingDirectory: '.',
};

const fallbackSession = (action: ActionName, host: Host) => startSession(action, host, fallbackCommon);

/** A deployment's report is named after it; the one of a deployment that is there already is not replaced. */
function failureReport({ action, common, directory }: Session): string {
  if (action !== 'deploy-phase' || common.deploymentId === '') return REPORT_FILES[action];
  const file = `logs/deployments/${common.deploymentId}-report.json`;
  return existsSync(join(directory, file)) ? file.replace(/-report\.json$/, '-refused-report.json') : file;
}

/** A report is written in every case (contract, section 5): also where nothing could run. */
async function publishFailure(
  session: Session,
  error: unknown,
  outputs: Readonly<Record<string, string>> = {},
): Promise<void> {
  const known = error instanceof SophiaError;
  const message = error instanceof Error ? error.message : String(error);
  const details = { error: { code: known ? error.code : 'bug', message, hint: known ? error.hint : '' } };
  const { environment, deploymentId } = session.common;
  const failed = outcome({
    status: 'failure',
    passes: false,
    environment,
    deploymentId,
    summary: message.split('\n')[0] ?? '',
    reportFile: failureReport(session),
    details,
    outputs,
  });
  try {
    await publish(session, failed);
  } catch (second) {
    session.host.log.warning(
      `the report could not be written: ${second instanceof Error ? second.message : String(second)}`,
    );
  }
}
