import type { CheckConfig, CheckKind, CheckOf } from '@sophia/core/config/check-schemas';
import { SophiaError } from '@sophia/core/errors';
import type { Baseline, History } from '@sophia/core/gate/history';
import { failed } from '@sophia/core/gate/outcome';

import type { Attempt } from './attempt.ts';
import type { CheckProbe, ProbeContext } from './probe.ts';
import type { PlannedCheck } from './scheduler.ts';
import { probeLoaders } from './table.ts';

/** A check bound to its probe, and everything that its item shows. */
export interface BoundCheck extends PlannedCheck {
  readonly config: CheckConfig;
  /** How this check did before, where a history was read. */
  readonly baseline: Baseline | undefined;
  readonly target: string | undefined;
}

type Surroundings = Omit<ProbeContext, 'signal' | 'timeoutMs'> & { readonly history?: History | undefined };

/**
 * Loads the kinds that are needed, and binds every check to its own. All SDKs are imported before the first check
 * runs, so that importing one spoils no other's latency.
 *
 * @throws SophiaError `unsupported` where a check is to be compared with a baseline, and there is no history
 */
export async function planChecks(
  checks: readonly (readonly [string, CheckConfig])[],
  surroundings: Surroundings,
): Promise<readonly BoundCheck[]> {
  if (surroundings.history === undefined) refuseBaselines(checks);
  const { unresolvedChecks } = surroundings.config;
  const resolved = checks.filter(([name]) => !unresolvedChecks.has(name));
  const probes = await loadProbes(new Set(resolved.map(([, { kind }]) => kind)));
  return checks.map(([name, check]) => {
    const problem = unresolvedChecks.get(name);
    if (problem !== undefined) return unresolved(name, check, problem);
    return bind(name, { check, probe: probes.get(check.kind) as AnyProbe }, surroundings);
  });
}

/** The table gives each kind its own probe; that a check meets the one of its kind is what the cast says. */
async function loadProbes(kinds: ReadonlySet<CheckKind>): Promise<ReadonlyMap<CheckKind, AnyProbe>> {
  const probes = new Map<CheckKind, AnyProbe>();
  // One after the other: they share modules, and the machine's cores are few.
  for (const kind of kinds) probes.set(kind, (await probeLoaders[kind]()) as AnyProbe);
  return probes;
}

type AnyProbe = CheckProbe<CheckKind>;

function refuseBaselines(checks: readonly (readonly [string, CheckConfig])[]): void {
  const problems = checks.flatMap(([name, check]) => {
    const limit = check['max-latency'];
    const isRelative = limit !== undefined && 'overBaselinePercent' in limit;
    return isRelative ? [`check "${name}": max-latency against a baseline needs a history`] : [];
  });
  if (problems.length === 0) return;
  throw new SophiaError('unsupported', {
    message: problems.join('\n'),
    hint: 'nothing has run; give the input `history` a folder of earlier reports, or an absolute max-latency such as 300ms',
  });
}

const limitsOf = (check: CheckConfig) => ({
  timeoutMs: check.timeout,
  retries: check.retries,
  samples: check.samples,
});

function bind(
  name: string,
  { check, probe }: { readonly check: CheckConfig; readonly probe: AnyProbe },
  surroundings: Surroundings,
): BoundCheck {
  const own = check as CheckOf<CheckKind>;
  const attempt: Attempt = (signal, timeoutMs) => probe.probe(own, { ...surroundings, signal, timeoutMs });
  return {
    name,
    baseline: surroundings.history?.baselines.get(name),
    config: check,
    ...limitsOf(check),
    attempt,
    target: probe.target(own, surroundings.variables),
  };
}

/** A variable that is not set fails its own check and no other (contract, section 2). */
function unresolved(name: string, check: CheckConfig, problem: string): BoundCheck {
  const hint = "set the variable in the job's env, or give it a default: ${NAME:-value}";
  const attempt: Attempt = () =>
    Promise.resolve(failed({ category: 'configuration', message: problem, hint }));
  return {
    name,
    config: check,
    ...limitsOf(check),
    samples: 1,
    attempt,
    target: undefined,
    baseline: undefined,
  };
}
