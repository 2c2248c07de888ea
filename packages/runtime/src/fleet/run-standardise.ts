import { rename, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import type { Config } from '@sophia/core/config/parse-config';
import { messageOf, SophiaError } from '@sophia/core/errors';
import { buildFleet } from '@sophia/core/fleet/build-fleet';
import { planCommands, planHealth } from '@sophia/core/fleet/standardise/plan-configuration';
import type { ProvenHealth } from '@sophia/core/fleet/standardise/plan-configuration';
import { planRegistry } from '@sophia/core/fleet/standardise/plan-registry';
import { applyProposals } from '@sophia/core/fleet/standardise/proposal';
import type { Proposal } from '@sophia/core/fleet/standardise/proposal';
import type { Registry } from '@sophia/core/fleet/registry/registry';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';
import {
  commandFindings,
  registryFindings,
  renderFinding,
  validationItems,
} from '@sophia/core/fleet/validate-fleet';
import type { FleetFinding } from '@sophia/core/fleet/validate-fleet';
import { judgeItems, stepPasses } from '@sophia/core/report/judge';

import { requireTrustedWorkspace } from '../config/trusted-source.ts';
import { outcome } from '../host/outcome.ts';
import type { Outcome } from '../host/outcome.ts';
import type { FleetRequest } from './fleet-request.ts';
import { proveHealth } from './prove-health.ts';

const REPORT_FILE = 'mcp_status_report.json';

export interface StandardiseRequest extends FleetRequest {
  /** Make the corrections instead of only proposing them. */
  readonly write: boolean;
  /** Start nothing: health endpoints are then not proven. */
  readonly dryRun: boolean;
}

/** A file as it is and as it would be. */
interface Correction {
  /** As the user named it. */
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly proposals: readonly Proposal[];
}

/**
 * Proposes corrections of registry and configuration as a difference, and with `write` makes them. Servers' own sources
 * are never touched. Health endpoints are proven by starting the fleet as it is on disk.
 *
 * @throws SophiaError `configuration` for a file that cannot be read; `state` for one that changed meanwhile
 */
export async function runStandardise(request: StandardiseRequest): Promise<Outcome> {
  const { session, write } = request;
  if (write) await requireTrustedWorkspace(session);
  const registry = await correctRegistry(request);
  const fleet = buildable(request.config, registry?.registry, request.registry);
  const configuration = await correctConfiguration(
    request,
    fleet.servers,
    registry === undefined || registry.before === registry.after,
  );
  const corrections = [registry, configuration].flatMap((one) =>
    one !== undefined && one.before !== one.after ? [one] : [],
  );
  const { createTwoFilesPatch } = await import('diff');
  const diff = corrections
    .map(({ file, before, after }) =>
      createTwoFilesPatch(file, file, before, after, undefined, undefined, { context: 2 }),
    )
    .join('');
  if (diff !== '') session.host.log.info(diff.trimEnd());
  if (write) for (const correction of corrections) await writeCorrection(request, correction);
  const made = corrections.flatMap(({ proposals }) => proposals);
  const left = findingsLeft(fleet, registry?.registry, configuration);
  for (const finding of left) session.host.log.info(`by hand: ${finding.level}: ${renderFinding(finding)}`);
  return result({ request, fleet, registry: registry?.registry, made, left, diff });
}

type RegistryCorrection = Correction & { readonly registry: Registry };

async function correctRegistry(request: FleetRequest): Promise<RegistryCorrection | undefined> {
  const { session, config, registry = '' } = request;
  const file = registry || (config?.sections.mcp.registry ?? '');
  if (file === '') return undefined;
  const before = await session.host.files.read(resolve(session.directory, file));
  if (before === undefined) {
    throw new SophiaError('configuration', {
      message: `the registry does not exist: ${file}`,
      hint: 'correct mcp.registry, or the input `registry`; paths begin at the working directory',
    });
  }
  const planned = planRegistry(before, file);
  return { file, before, after: planned.text, proposals: planned.proposals, registry: planned.registry };
}

interface Buildable {
  readonly servers: readonly ServerSpec[];
  readonly problems: readonly FleetFinding[];
}

/** The fleet as it would be with the corrected registry; what keeps it from being one is for people. */
function buildable(config: Config<'mcp'> | undefined, registry: Registry | undefined, named = ''): Buildable {
  if (config === undefined) return { servers: [], problems: [] };
  const { file, placeOf, sections } = config;
  try {
    return { servers: buildFleet({ mcp: sections.mcp, file, placeOf, registry }).servers, problems: [] };
  } catch (error) {
    if (!(error instanceof SophiaError) || error.code !== 'configuration') throw error;
    const problem = { level: 'failure', rule: 'configuration', server: '' } as const;
    return {
      servers: [],
      problems: error.message.split('\n').map((message) => ({ ...problem, message, file: file || named })),
    };
  }
}

async function correctConfiguration(
  request: StandardiseRequest,
  servers: readonly ServerSpec[],
  isAsOnDisk: boolean,
): Promise<Correction | undefined> {
  const { session, config, dryRun } = request;
  if (config === undefined || servers.length === 0) return undefined;
  const isInline = session.common.configInline.trim() !== '';
  const { file } = config;
  const before = isInline
    ? session.common.configInline
    : ((await session.host.files.read(resolve(session.directory, file))) ?? '');
  const commands = planCommands({ file, text: before }, servers);
  const proven = await proveWherePossible(request, {
    servers,
    isAsOnDisk: isAsOnDisk && commands.length === 0,
    dryRun,
  });
  const proposals = [...commands, ...planHealth({ file, text: before }, proven)];
  return { file, before, after: applyProposals(before, proposals), proposals };
}

async function proveWherePossible(
  request: StandardiseRequest,
  { servers, isAsOnDisk, dryRun }: { servers: readonly ServerSpec[]; isAsOnDisk: boolean; dryRun: boolean },
): Promise<readonly ProvenHealth[]> {
  const { log } = request.session.host;
  if (dryRun) return [];
  if (!isAsOnDisk) {
    log.warning(
      'health endpoints were not proven: a fleet that has to be corrected is not started; make the corrections, then run this again',
    );
    return [];
  }
  return proveHealth(request, servers);
}

async function writeCorrection(
  { session }: FleetRequest,
  { file, before, after }: Correction,
): Promise<void> {
  if (session.common.configInline.trim() !== '' && file === 'config-inline') {
    throw new SophiaError('usage', {
      message: 'the configuration came as text in the workflow: it cannot be written',
      hint: 'make the changes of the difference above there',
    });
  }
  const path = resolve(session.directory, file);
  if ((await session.host.files.read(path)) !== before) {
    throw new SophiaError('state', {
      message: `${file} was changed meanwhile; nothing was written to it`,
      hint: 'run it again',
    });
  }
  const part = `${path}.sophia-part`;
  try {
    // Beside its place, so that the renaming is one act: nobody ever reads half of it.
    await writeFile(part, after, { flag: 'wx' });
    await rename(part, path);
  } catch (error) {
    throw new SophiaError('environment', {
      message: `${file} cannot be written: ${messageOf(error)}`,
      hint: 'check its rights, and the disk',
      cause: error,
    });
  }
  session.host.log.info(`wrote ${file}`);
}

function findingsLeft(
  { servers, problems }: Buildable,
  registry: Registry | undefined,
  configuration: Correction | undefined,
): readonly FleetFinding[] {
  const corrected = new Set(configuration?.proposals.map(({ server }) => server));
  return [
    ...(registry === undefined ? [] : registryFindings(registry)),
    ...problems,
    ...commandFindings(servers).filter(({ server }) => !corrected.has(server)),
  ];
}

interface Standardised {
  readonly request: StandardiseRequest;
  readonly fleet: Buildable;
  readonly registry: Registry | undefined;
  readonly made: readonly Proposal[];
  readonly left: readonly FleetFinding[];
  readonly diff: string;
}

function result({ request, fleet, registry, made, left, diff }: Standardised): Outcome {
  const { config, session, write } = request;
  const proposed: readonly FleetFinding[] = write
    ? []
    : made.map(({ file, place, server, why }) => ({
        ...{ level: 'warning', rule: 'proposed', server, message: why, file },
        ...place,
      }));
  const items = validationItems({ servers: fleet.servers, registry, findings: [...left, ...proposed] });
  const status = judgeItems(items);
  const failures = left.filter(({ level }) => level === 'failure').length;
  const done = write ? `${made.length} corrections made` : `${made.length} corrections proposed`;
  return outcome({
    status,
    passes: stepPasses(status),
    summary: `${done}${failures === 0 ? '' : `; ${failures} things must be corrected by hand`}`,
    reportFile: REPORT_FILE,
    environment: config?.environment ?? session.common.environment,
    deploymentId: config?.deploymentId ?? session.common.deploymentId,
    items,
    details: { proposals: made, diff, written: write },
    renderMarkdown: () =>
      `### mcp-orchestrate: standardise\n\n${done}.\n${diff === '' ? '' : `\n~~~~~~diff\n${diff.replaceAll('~~~~~~', '~~~~~')}\n~~~~~~\n`}`,
  });
}
