import { SophiaError } from '@sophia/core/errors';
import { commandFindings, comparedFindings } from '@sophia/core/fleet/compare-fleet';
import {
  configurationFinding,
  registryFindings,
  renderFinding,
  validationItems,
} from '@sophia/core/fleet/validate-fleet';
import type { FleetFinding } from '@sophia/core/fleet/validate-fleet';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';
import { judgeItems, stepPasses } from '@sophia/core/report/judge';

import { outcome } from '../host/outcome.ts';
import type { Outcome } from '../host/outcome.ts';
import type { Annotation } from '../host/host.ts';
import type { FleetRequest } from './fleet-request.ts';
import { liveFindings } from './live-findings.ts';
import { describedFleet, loadFleet, loadRegistry } from './load-fleet.ts';
import { fleetOutputs } from './orchestrate-outputs.ts';

const REPORT_FILE = 'mcp_status_report.json';

/**
 * Holds registry, configuration, commands and the machine against each other; starts nothing.
 *
 * @throws SophiaError `configuration` for a file that cannot be read, or where there is nothing to validate
 */
export async function runValidate(request: FleetRequest): Promise<Outcome> {
  const { session, config } = request;
  const registry = await loadRegistry(request);
  requireSomething(request, registry !== undefined);
  const { servers, problems } = await buildable(request);
  const described = describedFleet(request, servers);
  const offset = config?.sections.mcp['port-offset'] ?? 0;
  const environment = config?.environment ?? session.common.environment;
  const findings = [
    ...(registry === undefined ? [] : registryFindings(registry)),
    ...problems,
    ...commandFindings(described),
    ...(registry === undefined ? [] : comparedFindings(described, { registry, offset, environment })),
    ...(await liveFindings(request, { servers, registry, offset, environment })),
  ];
  for (const finding of findings) session.host.log.info(`${finding.level}: ${renderFinding(finding)}`);
  const items = validationItems({ servers, registry, findings });
  const listed = items.filter(({ kind }) => kind === 'mcp-server');
  const status = judgeItems(items);
  const failures = findings.filter(({ level }) => level === 'failure').length;
  return outcome({
    status,
    passes: stepPasses(status),
    summary: `${plural(listed.length, 'server')}: ${plural(failures, 'failure')}, ${plural(findings.length - failures, 'warning')}`,
    reportFile: REPORT_FILE,
    environment,
    deploymentId: config?.deploymentId ?? session.common.deploymentId,
    items,
    outputs: fleetOutputs(listed),
    annotations: findings.map(annotation),
    details: { findings },
  });
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

function requireSomething({ config, session }: FleetRequest, hasRegistry: boolean): void {
  if (hasRegistry || Object.keys(config?.sections.mcp.servers ?? {}).length > 0) return;
  throw new SophiaError('configuration', {
    message: 'there is nothing to validate: no registry is named, and the section mcp has no servers',
    hint: `name one in the input \`registry\`, or in mcp.registry of ${session.common.config}`,
  });
}

/** The fleet as it would be started; what keeps it from that is a finding here. */
async function buildable(
  request: FleetRequest,
): Promise<{ servers: readonly ServerSpec[]; problems: readonly FleetFinding[] }> {
  try {
    return { servers: (await loadFleet(request)).servers, problems: [] };
  } catch (error) {
    if (!(error instanceof SophiaError) || error.code !== 'configuration') throw error;
    const file = request.config?.file ?? request.registry ?? '';
    const problems = error.message.split('\n').map((line) => configurationFinding(line, file));
    return { servers: [], problems };
  }
}

function annotation(finding: FleetFinding): Annotation {
  const { file, line, column } = finding;
  return {
    level: finding.level === 'failure' ? 'error' : 'warning',
    title: finding.server === '' ? 'fleet' : finding.server,
    message: finding.message,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  };
}
