import type { Variables } from '../host/host.ts';
import type { ProbeContext } from './probe.ts';

/** What a program needs to run at all; nothing else of the job's environment reaches a child (contract, section 2). */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'TERM',
  'CI',
];

/** Never passed on, not even where a check lists it: with these a child could act as the job. */
const NEVER = /^(INPUT_|STATE_|ACTIONS_|GITHUB_(TOKEN|ENV|PATH|OUTPUT|STATE|STEP_SUMMARY)$)/;

/** @returns the whole environment of a check's command: the above, its `env`, and the variables under `secrets`. */
export function childVariables(
  { variables, config }: Pick<ProbeContext, 'variables' | 'config'>,
  check: { readonly env: Readonly<Record<string, string>>; readonly secrets: readonly string[] },
): Variables {
  const names = [...PASSED_ON, ...check.secrets].filter((name) => !NEVER.test(name));
  const known = names
    .map((name) => [name, variables[name]] as const)
    .filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(known),
    SOPHIA_ENVIRONMENT: config.environment,
    SOPHIA_DEPLOYMENT_ID: config.deploymentId,
    ...check.env,
  };
}
