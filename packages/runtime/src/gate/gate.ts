import type { CheckConfig, CheckKind } from '@sophia/core/config/check-schemas';
import type { Config } from '@sophia/core/config/parse-config';
import { SophiaError } from '@sophia/core/errors';
import { foldItems } from '@sophia/core/gate/fold';
import type { Relations } from '@sophia/core/gate/fold';
import type { History } from '@sophia/core/gate/history';
import { blameRunner, networkSuspects } from '@sophia/core/gate/runner-network';
import { judgeGate } from '@sophia/core/gate/verdict';
import type { FailOn, GateVerdict } from '@sophia/core/gate/verdict';
import { didYouMean } from '@sophia/core/nearest-name';
import type { ReportItem } from '@sophia/core/report/envelope';

import { requireTrustedWorkspace } from '../config/trusted-source.ts';
import type { Variables } from '../host/host.ts';
import type { Session } from '../host/session.ts';
import { hostOf } from '../http/connect.ts';
import { proxySecrets } from '../http/proxy.ts';
import { openHttp } from '../http/request.ts';
import type { Http } from '../http/request.ts';
import { askProviders } from './ask-providers.ts';
import { hasWayOut } from './canary.ts';
import { itemOf } from './check-item.ts';
import { registerSecrets } from './credentials.ts';
import { planChecks } from './plan-checks.ts';
import type { BoundCheck } from './plan-checks.ts';
import { runChecks } from './scheduler.ts';

/** Checks to run, and for whom. */
export interface GateRequest {
  /**
   * `secrets` and `mcp` are read only by checks of kind `secrets` and `fleet`; {@link sectionsOf} says which sections
   * the checks need.
   */
  readonly config: Config<'checks' | 'gate' | 'secrets' | 'mcp'>;
  /** Names of checks, or `all`. */
  readonly names: readonly string[] | 'all';
  readonly session: Session;
  /** Default: `critical`. */
  readonly failOn?: FailOn;
  /** What probes read their keys from; default: the host's variables. */
  readonly variables?: Variables;
  /** What earlier runs tell; without it, a check against a baseline is refused. */
  readonly history?: History;
  /** Status pages instead of the providers' own, by kind of check. */
  readonly statusPages?: Readonly<Partial<Record<CheckKind, string>>>;
  /** Ends the gate early, besides the host's own signal. */
  readonly signal?: AbortSignal;
  /** Called with the names of the checks before the first of them runs. */
  readonly onPlan?: (names: readonly string[]) => void;
  /** Called once a check, when it has its turn. */
  readonly onStart?: (name: string) => void;
  /** Called once a check, when it ends (before anything is folded), in the order of ending. */
  readonly onItem?: (item: ReportItem) => void;
}

/** One item a check, in the order of the file, and what they come to. */
export interface GateResult {
  readonly items: readonly ReportItem[];
  readonly verdict: GateVerdict;
}

/** @returns the sections that a gate over these checks reads. */
export function sectionsOf(
  checks: Readonly<Record<string, CheckConfig>>,
): readonly ('checks' | 'gate' | 'secrets' | 'mcp')[] {
  const kinds = new Set(Object.values(checks).map(({ kind }) => kind));
  const more = { secrets: kinds.has('secrets'), mcp: kinds.has('fleet') };
  return [
    'checks',
    'gate',
    ...(more.secrets ? (['secrets'] as const) : []),
    ...(more.mcp ? (['mcp'] as const) : []),
  ];
}

/**
 * Asks every service, side by side, under one deadline, and judges the answers.
 *
 * @throws SophiaError `usage` for a name that no check has, `unsupported` for a check that this version does not do,
 *   `trust` for a command in a workspace that may be anybody's; nothing has run by then
 */
export async function runGate(request: GateRequest): Promise<GateResult> {
  const { config, session } = request;
  const { host } = session;
  const chosen = chooseChecks(config.sections.checks, request.names);
  if (chosen.some(([, check]) => runsCommand(check))) await requireTrustedWorkspace(session);
  const variables = request.variables ?? host.variables;
  const client = openHttp(variables);
  try {
    return await ask(chosen, { request, variables, http: client.http });
  } finally {
    client.close();
  }
}

interface Asking {
  readonly request: GateRequest;
  readonly variables: Variables;
  readonly http: Http;
}

async function ask(
  chosen: readonly (readonly [string, CheckConfig])[],
  { request, variables, http }: Asking,
): Promise<GateResult> {
  const { config, session } = request;
  const { host } = session;
  for (const secret of proxySecrets(variables)) host.redaction.add(secret);
  registerSecrets(config.sections.secrets ?? {}, variables, session);
  const bound = await planChecks(chosen, {
    session,
    config,
    variables,
    http,
    history: request.history,
  });
  const signal = AbortSignal.any([host.signal, ...(request.signal === undefined ? [] : [request.signal])]);
  const { concurrency, timeout } = config.sections.gate;
  const byName = new Map(bound.map((check) => [check.name, check]));
  const items = new Map<string, ReportItem>();
  request.onPlan?.(bound.map(({ name }) => name));
  await runChecks(bound, {
    concurrency,
    timeoutMs: timeout,
    clock: host.clock,
    random: Math.random,
    signal,
    onStart: ({ name }) => request.onStart?.(name),
    onRun: ({ name }, run) => {
      const check = byName.get(name);
      if (check === undefined) return;
      const item = itemOf(check, run);
      items.set(name, item);
      request.onItem?.(item);
    },
  });
  const inOrder = bound.flatMap(({ name }) => items.get(name) ?? []);
  return judge(inOrder, bound, { request, variables, http });
}

/**
 * Asks beyond the services what explains their failures: the providers' status pages, and hosts that have nothing to do
 * with them. Both at once, only after failures that call for it, and for 3 s at most, also beyond the deadline.
 */
async function judge(
  items: readonly ReportItem[],
  bound: readonly BoundCheck[],
  asking: Asking,
): Promise<GateResult> {
  const { request, http } = asking;
  const { config, failOn = 'critical', statusPages, session } = request;
  const targets = new Map(bound.map(({ name, target }) => [name, target]));
  const relations: Relations = new Map(
    bound.map(({ name, config: { needs }, target }) => [
      name,
      { needs, host: target === undefined ? undefined : hostOf(target) },
    ]),
  );
  const suspects = networkSuspects(items, relations);
  const { 'minimum-score': minimumScore, canaries } = config.sections.gate;
  const isCancelled = session.host.signal.aborted;
  const [asked, reachesOut] = await Promise.all([
    isCancelled ? items : askProviders(items, targets, { http, pages: statusPages }),
    suspects.length === 0 || isCancelled || hasWayOut(canaries, asking),
  ]);
  const blamed = reachesOut ? asked : blameRunner(asked, suspects);
  const folded = foldItems(blamed, relations);
  const weights = new Map(bound.map((check) => [check.name, check.config.weight]));
  return { items: folded, verdict: judgeGate(folded, { failOn, minimumScore, weights }) };
}

const runsCommand = (check: CheckConfig) =>
  check.kind === 'command' || (check.kind === 'mcp' && check.command !== undefined);

function chooseChecks(
  checks: Readonly<Record<string, CheckConfig>>,
  names: readonly string[] | 'all',
): readonly (readonly [string, CheckConfig])[] {
  const known = Object.entries(checks);
  if (names === 'all') return known;
  const all = known.map(([name]) => name);
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length === 0) return known.filter(([name]) => names.includes(name));
  throw new SophiaError('usage', {
    message: unknown.map((name) => `no check is named "${name}"${didYouMean(name, all)}`).join('; '),
    hint: `the configuration has these checks: ${all.join(', ') || 'none'}`,
  });
}
