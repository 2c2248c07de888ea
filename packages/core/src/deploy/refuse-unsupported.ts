import type { DeploymentConfig } from '../config/deployment-schema.ts';
import { SophiaError } from '../errors.ts';

/** Engines that a configuration may name, and this version does not have. */
const ENGINES = ['pulumi'] as const;

/** The journal stores that this version has. */
export const JOURNAL_STORES: readonly DeploymentConfig['journal'][] = ['file', 'artifact', 'git-ref'];

/**
 * What the configuration may say but this version does not do.
 *
 * @throws SophiaError `unsupported` that names all of it, before anything has run
 */
export function refuseUnsupported(deployment: DeploymentConfig): void {
  const found = [...wholeDeployment(deployment), ...deployment.phases.flatMap(inPhase)];
  if (found.length === 0) return;
  throw new SophiaError('unsupported', {
    message: `this version cannot do all that the deployment section asks for:\n${found.join('\n')}`,
    hint: 'say the same with `run`, `before` and `undo` and with `journal: file`',
  });
}

function wholeDeployment({ journal }: DeploymentConfig): string[] {
  return [
    ...(JOURNAL_STORES.includes(journal)
      ? []
      : [`deployment.journal: ${journal} is not there yet; ${JOURNAL_STORES.join(' and ')} are`]),
  ];
}

function inPhase(phase: DeploymentConfig['phases'][number]): string[] {
  return phase.steps.flatMap((step) =>
    ENGINES.filter((engine) => step[engine] !== undefined).map(
      (engine) => `${phase.name}/${step.name}: the engine ${engine} is not there yet`,
    ),
  );
}
