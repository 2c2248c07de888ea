import { access, constants } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

import { enginePrograms } from '@sophia/core/deploy/engines/engine-facts';
import { stepId } from '@sophia/core/deploy/plan';
import type { Plan, PlannedStep } from '@sophia/core/deploy/plan';
import { SophiaError } from '@sophia/core/errors';

import type { Host, Variables } from '../host/host.ts';
import type { Session } from '../host/session.ts';
import { isForbiddenVariable } from './step-environment.ts';

interface NamedStep {
  readonly id: string;
  readonly step: PlannedStep;
}

const allSteps = ({ phases }: Plan): NamedStep[] =>
  phases.flatMap(({ name, steps }) => steps.map((step) => ({ id: stepId(name, step.name), step })));

/** Hides the secrets of all steps, before anything is printed or run. */
export function maskStepSecrets(plan: Plan, host: Host, unmasked: ReadonlySet<string>): void {
  const names = new Set(allSteps(plan).flatMap(({ step }) => step.secrets));
  for (const name of names) {
    const value = host.variables[name] ?? '';
    if (value !== '' && !unmasked.has(name)) host.mask(value);
  }
}

/**
 * What can be known to be wrong before anything runs: forbidden variables, a secret that stands in the plan itself
 * (and so would stand in the journal), a missing bash or program of an engine.
 *
 * @throws SophiaError `configuration` or `environment`
 */
export async function checkPlan(plan: Plan, { host, directory }: Session): Promise<void> {
  const steps = allSteps(plan);
  const problems = steps.flatMap(({ id, step }) => [
    ...[...step.secrets, ...Object.keys(step.env)]
      .filter(isForbiddenVariable)
      .map((name) => `${id}: ${name} is never passed to a program`),
    ...(holdsSecret(step, host)
      ? [`${id}: its text holds the value of a secret, which the journal would keep`]
      : []),
  ]);
  if (problems.length > 0) {
    throw new SophiaError('configuration', {
      message: problems.join('\n'),
      hint: 'list secrets by name under `secrets`, and read them from the environment; a token of GitHub goes by another name, such as GH_TOKEN',
    });
  }
  if (steps.some(({ step }) => usesBash(step))) await requireBash(host.variables);
  await requirePrograms(steps, { host, directory });
}

async function requirePrograms(
  steps: readonly NamedStep[],
  { host, directory }: Pick<Session, 'host' | 'directory'>,
): Promise<void> {
  const missing: string[] = [];
  for (const { id, step } of steps) {
    for (const program of step.act.kind === 'engine' ? enginePrograms(step.act) : []) {
      const place = program.includes('/') ? resolve(directory, step.directory, program) : program;
      if (!(await isProgram(place, host.variables))) missing.push(`${id}: ${program}`);
    }
  }
  if (missing.length === 0) return;
  throw new SophiaError('environment', {
    message: `programs of engines are not in PATH; nothing has run:\n${missing.join('\n')}`,
    hint: 'install them in a step of the workflow before this one',
  });
}

function holdsSecret(step: PlannedStep, host: Host): boolean {
  const { secrets: _names, ...rest } = step;
  const texts: string[] = [];
  JSON.stringify(rest, (_key, value: unknown) => {
    if (typeof value === 'string') texts.push(value);
    return value;
  });
  return texts.some((text) => host.redaction.redact(text) !== text);
}

function usesBash({ act, before, undo }: PlannedStep): boolean {
  const commands = [
    act.kind === 'run' ? act.command : null,
    before,
    undo.kind === 'command' ? undo.command : null,
  ];
  return commands.some((command) => typeof command === 'string');
}

async function requireBash(variables: Variables): Promise<void> {
  if (await isProgram('bash', variables)) return;
  throw new SophiaError('environment', {
    message: 'bash is not in PATH, and steps need it; nothing has run',
    hint: 'install bash, or write the commands as lists, which run without a shell',
  });
}

/** True for a program in PATH, or at an absolute path. */
async function isProgram(program: string, variables: Variables): Promise<boolean> {
  const folders = (variables['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const places = program.includes('/') ? [program] : folders.map((folder) => join(folder, program));
  for (const place of places) {
    const isThere = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}
