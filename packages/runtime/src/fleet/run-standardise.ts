import { resolve } from 'node:path';

import type { Config } from '@sophia/core/config/parse-config';
import { SophiaError } from '@sophia/core/errors';
import { buildFleet } from '@sophia/core/fleet/build-fleet';
import { planCommands, planHealth } from '@sophia/core/fleet/standardise/plan-configuration';
import type { ProvenHealth } from '@sophia/core/fleet/standardise/plan-configuration';
import { planRegistry } from '@sophia/core/fleet/standardise/plan-registry';
import { applyProposals, isReadable } from '@sophia/core/fleet/standardise/proposal';
import type { Proposal } from '@sophia/core/fleet/standardise/proposal';
import type { Registry } from '@sophia/core/fleet/registry/registry';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';
import { commandFindings } from '@sophia/core/fleet/compare-fleet';
import type { DescribedFleet } from '@sophia/core/fleet/compare-fleet';
import {
  configurationFinding,
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
import { describedFleet } from './load-fleet.ts';
import { proveHealth } from './prove-health.ts';
import type { Proof } from './prove-health.ts';
import { replaceFile } from './replace-file.ts';

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
  for (const { file, place, why } of corrections.flatMap(({ proposals }) => proposals))
    session.host.log.info(`${file}:${place.line}:${place.column}: ${why}`);
  if (diff !== '') session.host.log.info(diff.trimEnd());
  if (write) for (const correction of corrections) await writeCorrection(request, correction);
  const made = corrections.flatMap(({ proposals }) => proposals);
  const left = findingsLeft(describedFleet(request, fleet.servers), fleet.problems, {
    registry: registry?.registry,
    configuration,
  });
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
  const { environment, file, placeOf, sections } = config;
  try {
    return {
      servers: buildFleet({ mcp: sections.mcp, file, placeOf, registry, environment }).servers,
      problems: [],
    };
  } catch (error) {
    if (!(error instanceof SophiaError) || error.code !== 'configuration') throw error;
    const problems = error.message.split('\n').map((line) => configurationFinding(line, file || named));
    return { servers: [], problems };
  }
}

/** A configuration as it would be, and the servers whose health was proven in no way. */
type ConfigurationCorrection = Correction & Pick<Proof, 'unproven'>;

async function correctConfiguration(
  request: StandardiseRequest,
  servers: readonly ServerSpec[],
  isAsOnDisk: boolean,
): Promise<ConfigurationCorrection | undefined> {
  const { session, config, dryRun } = request;
  if (config === undefined || servers.length === 0) return undefined;
  const isInline = session.common.configInline.trim() !== '';
  const { file, environment } = config;
  const before = isInline
    ? session.common.configInline
    : ((await session.host.files.read(resolve(session.directory, file))) ?? '');
  const source = { file, text: before, environment };
  const commands = planCommands(source, servers);
  const { proven, unproven } = await proveWherePossible(
    { ...request, config },
    { servers, isAsOnDisk: isAsOnDisk && commands.length === 0, dryRun },
  );
  const healths = planHealth(source, proven);
  const proposals = [...commands, ...healths];
  const after = applyProposals(before, proposals);
  const unwritten = proven.filter(({ name }) => !healths.some(({ server }) => server === name));
  return {
    ...{ file, before, after, proposals },
    unproven: [...unproven, ...unwritten.map((one) => byHand(one))],
  };
}

/** Its form in the file is one that cannot be changed without losing something. */
const byHand = ({ name, proven }: ProvenHealth): FleetFinding => ({
  ...{ level: 'warning', rule: 'unwritten', server: name },
  message: `its health is proven with ${JSON.stringify(proven)}: write it where the configuration has it`,
});

async function proveWherePossible(
  request: StandardiseRequest & { readonly config: Config<'mcp'> },
  { servers, isAsOnDisk, dryRun }: { servers: readonly ServerSpec[]; isAsOnDisk: boolean; dryRun: boolean },
): Promise<Proof> {
  const { log } = request.session.host;
  const nothing: Proof = { proven: [], unproven: [] };
  if (dryRun) return nothing;
  if (!isAsOnDisk) {
    log.warning(
      'health endpoints were not proven: a fleet that has to be corrected is not started; make the corrections, then run this again',
    );
    return nothing;
  }
  return await proveHealth(request, servers);
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
  if (!isReadable(after)) {
    throw new SophiaError('unsupported', {
      message: `${file} has a form that cannot be corrected here; nothing was written to it`,
      hint: 'make the changes of the difference above by hand',
    });
  }
  await replaceFile({ file, directory: session.directory, before, after });
  session.host.log.info(`wrote ${file}`);
}

function findingsLeft(
  fleet: DescribedFleet,
  problems: readonly FleetFinding[],
  {
    registry,
    configuration,
  }: { registry: Registry | undefined; configuration: ConfigurationCorrection | undefined },
): readonly FleetFinding[] {
  const corrected = new Set(configuration?.proposals.map(({ server }) => server));
  return [
    ...(registry === undefined ? [] : registryFindings(registry)),
    ...problems,
    ...commandFindings(fleet).filter(({ server }) => !corrected.has(server)),
    ...(configuration?.unproven ?? []),
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
  const done = `${plural(made.length, 'correction')} ${write ? 'made' : 'proposed'}`;
  return outcome({
    status,
    passes: stepPasses(status),
    summary: `${done}${failures === 0 ? '' : `; ${plural(failures, 'failure')} to be corrected by hand`}`,
    reportFile: REPORT_FILE,
    environment: config?.environment ?? session.common.environment,
    deploymentId: config?.deploymentId ?? session.common.deploymentId,
    items,
    details: { proposals: made, diff, written: write },
    renderMarkdown: () =>
      `### mcp-orchestrate: standardise\n\n${done}.\n${diff === '' ? '' : `\n~~~~~~diff\n${diff.replaceAll('~~~~~~', '~~~~~')}\n~~~~~~\n`}`,
  });
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
