import { SophiaError } from '@sophia/core/errors';
import { planFleet } from '@sophia/core/fleet/plan-fleet';
import { renderFleetPlan } from '@sophia/core/fleet/render-plan';
import type { ReportItem } from '@sophia/core/report/envelope';
import { stepPasses } from '@sophia/core/report/judge';

import { loadConfig } from '../config/load-config.ts';
import { outcome } from '../host/outcome.ts';
import type { Outcome } from '../host/outcome.ts';
import type { Session } from '../host/session.ts';
import { copyLogs } from './copy-logs.ts';
import { followServers } from './fleet-progress.ts';
import { fleetStatus, restartFleet, runningServers, startFleet, stopFleet } from './fleet.ts';
import type { FleetRequest, FleetResult } from './fleet-request.ts';
import { loadFleet, requireServers } from './load-fleet.ts';
import { fleetMetrics, fleetOutputs, fleetSummary } from './orchestrate-outputs.ts';
import { runValidate } from './run-validate.ts';
import { writeClientConfig } from './write-client-config.ts';

/** The inputs of mcp-orchestrate that are its own, parsed. */
export interface OrchestrateInputs {
  readonly mode: 'start' | 'status' | 'stop' | 'restart' | 'validate' | 'standardise';
  readonly dryRun: boolean;
  readonly registry: string;
  readonly servers: readonly string[];
  readonly write: boolean;
  readonly maxLifetime: number;
}

export const REPORT_FILE = 'mcp_status_report.json';
/** Where the post step finds that there is something to stop. */
export const STATE_STARTED = 'fleet-started';

/** mcp-orchestrate: one fleet, from its description to its state. */
export async function runOrchestrate(inputs: OrchestrateInputs, session: Session): Promise<Outcome> {
  refuseMeaningless(inputs);
  const result = await orchestrate(inputs, session);
  session.host.log.info(result.summary);
  return result;
}

async function orchestrate(inputs: OrchestrateInputs, session: Session): Promise<Outcome> {
  const config = await loadConfig(session, ['mcp']);
  const request: FleetRequest = {
    session,
    config,
    names: inputs.servers,
    registry: inputs.registry,
    maxLifetimeMs: inputs.maxLifetime,
    onLine: (line) => session.host.log.info(line),
  };
  if (inputs.mode === 'validate') return await runValidate(request);
  if (inputs.mode === 'standardise') {
    const { runStandardise } = await import('./run-standardise.ts');
    return await runStandardise({
      ...request,
      write: inputs.write && !inputs.dryRun,
      dryRun: inputs.dryRun,
    });
  }
  if (inputs.dryRun) return await plan(inputs.mode, request);
  switch (inputs.mode) {
    case 'start':
    case 'restart':
      return await running(inputs.mode, request);
    case 'status':
      return await describe(await fleetStatus(request), request);
    default:
      return await stopped(request);
  }
}

function refuseMeaningless({ mode, write, servers }: OrchestrateInputs): void {
  if (mode === 'stop' && servers.length > 0)
    throw new SophiaError('usage', {
      message: 'mode stop ends the whole fleet: the input `servers` means nothing to it',
      hint: 'leave it out',
    });
  if (!write || mode === 'standardise') return;
  throw new SophiaError('usage', {
    message: 'the input `write` is for mode standardise only',
    hint: 'leave it out, or set the input `mode` to standardise',
  });
}

async function running(mode: 'start' | 'restart', request: FleetRequest): Promise<Outcome> {
  // Saved first: whatever becomes of this step, the post step looks after it.
  request.session.host.saveState(STATE_STARTED, 'true');
  try {
    const act = mode === 'start' ? startFleet : restartFleet;
    return await describe(await watched(request, act), request);
  } catch (error) {
    if (!(error instanceof SophiaError) || error.code !== 'cancelled') throw error;
    const summary = 'cancelled: the fleet was told to stop';
    return { ...shared(request, []), status: 'cancelled', passes: false, summary };
  }
}

/** Whoever watches sees the servers as they become what they are meant to be. */
async function watched(
  request: FleetRequest,
  act: (request: FleetRequest) => Promise<FleetResult>,
): Promise<FleetResult> {
  const { progress, clock } = request.session.host;
  if (progress === undefined) return act(request);
  const ended = new AbortController();
  const looking = followServers(progress, () => runningServers(request), {
    clock,
    signal: ended.signal,
  });
  try {
    return await act({ ...request, onLine: () => undefined });
  } finally {
    ended.abort();
    await looking;
  }
}

async function describe(result: FleetResult, request: FleetRequest): Promise<Outcome> {
  const { session } = request;
  const clientConfig = result.running ? await writeClientConfig(request, result) : '';
  const logs = session.common.uploadArtifact === 'all' ? await copyLogs(session, result.stateDirectory) : [];
  return {
    ...shared(request, result.items),
    status: result.status,
    passes: stepPasses(result.status),
    summary: fleetSummary(result.items),
    outputs: {
      ...fleetOutputs(result.items),
      'state-directory': result.stateDirectory,
      'client-config': clientConfig,
    },
    annotations: [...problems(result.items), ...result.warnings.map(asWarning)],
    attachments: logs,
    details: { stateDirectory: result.stateDirectory, warnings: result.warnings },
  };
}

async function stopped(request: FleetRequest): Promise<Outcome> {
  const result = await watched(request, stopFleet);
  const count = result.items.length;
  return {
    ...shared(request, result.items),
    status: result.status,
    passes: stepPasses(result.status),
    summary:
      count > 0
        ? `${count} servers stopped, nothing is left of them`
        : (result.warnings[0]?.message ?? 'no fleet was running'),
    outputs: fleetOutputs(result.items),
  };
}

/** What would happen to the servers, behind their number. */
const WOULD = {
  start: (waves: number) => `would start in ${waves} waves`,
  restart: (waves: number) => `would be stopped, and started again in ${waves} waves`,
  status: () => 'would be asked how they are',
  stop: () => 'would be stopped, as far as they run',
} as const;

async function plan(mode: keyof typeof WOULD, request: FleetRequest): Promise<Outcome> {
  const fleet = await loadFleet(request);
  // A fleet is stopped as a whole.
  const servers = requireServers(fleet, mode === 'stop' ? [] : (request.names ?? []));
  const concurrency = fleet.mcp.concurrency ?? (await import('node:os')).availableParallelism();
  const planned = planFleet(servers, { concurrency, startTimeoutMs: fleet.mcp['start-timeout'] });
  const lines = {
    start: renderFleetPlan(planned, servers),
    restart: renderFleetPlan(planned, servers),
    status: [],
    stop: [`order: ${planned.order.toReversed().join(', ')}`],
  }[mode];
  for (const line of lines) request.session.host.log.info(line);
  return {
    ...shared(request, []),
    status: 'planned',
    passes: true,
    summary: `${servers.length} servers ${WOULD[mode](planned.waves.length)}`,
    outputs: { healthy: '0', total: String(servers.length), servers: '[]' },
    details: { plan: planned },
    renderMarkdown: () =>
      `### mcp-orchestrate: plan of ${mode}\n\n${servers.length} servers ${WOULD[mode](planned.waves.length)}.\n\n\`\`\`\n${lines.join('\n')}\n\`\`\`\n`,
  };
}

function shared({ session, config }: FleetRequest, items: readonly ReportItem[]): Outcome {
  return outcome({
    status: 'success',
    passes: true,
    summary: '',
    reportFile: REPORT_FILE,
    environment: config?.environment ?? session.common.environment,
    deploymentId: config?.deploymentId ?? session.common.deploymentId,
    items,
    metrics: fleetMetrics(items),
  });
}

const asWarning = ({ name, message }: { name: string; message: string }) =>
  ({ level: 'warning', title: name, message: `${name} ${message}` }) as const;

function problems(items: readonly ReportItem[]) {
  return items
    .filter(({ status }) => status === 'failure' || status === 'warning')
    .map(({ name, status, severity, message, hint }) => {
      const level = status === 'failure' && severity === 'critical' ? 'error' : 'warning';
      return {
        level,
        title: name,
        message: `${name}: ${message}${hint === '' ? '' : ` (${hint})`}`,
      } as const;
    });
}
