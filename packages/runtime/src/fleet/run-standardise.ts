import { resolve } from 'node:path';

import type { Config } from '@sophia/core/config/parse-config';
import { mcpSchema } from '@sophia/core/config/schema';
import { SophiaError } from '@sophia/core/errors';
import { buildFleet } from '@sophia/core/fleet/build-fleet';
import { planRegistry } from '@sophia/core/fleet/standardise/plan-registry';
import { isReadable } from '@sophia/core/fleet/standardise/proposal';
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
import { correctConfiguration, correctEntries } from './correct-fleet.ts';
import type { Correction, FleetCorrection, StandardiseRequest } from './correct-fleet.ts';
import type { FleetRequest } from './fleet-request.ts';
import { describedFleet } from './load-fleet.ts';
import { replaceFile } from './replace-file.ts';

const REPORT_FILE = 'mcp_status_report.json';

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
  const fleet = buildable(request.config, registry?.registry);
  const isListed = Object.keys(request.config?.sections.mcp.servers ?? {}).length > 0;
  const described =
    registry === undefined || isListed
      ? await correctConfiguration(
          request,
          fleet.servers,
          registry === undefined || registry.before === registry.after,
        )
      : await correctEntries(request, fleet.servers, registry);
  const corrections = [registry, described].flatMap((one) =>
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
    described,
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
function buildable(config: Config<'mcp'> | undefined, registry: Registry | undefined): Buildable {
  const mcp = config?.sections.mcp ?? mcpSchema.parse({});
  const file = config?.file ?? registry?.file ?? '';
  const { environment = '', placeOf = () => ({ line: 1, column: 1 }) } = config ?? {};
  try {
    return {
      servers: buildFleet({ mcp, file, placeOf, registry, environment }).servers,
      problems: [],
    };
  } catch (error) {
    if (!(error instanceof SophiaError) || error.code !== 'configuration') throw error;
    const problems = error.message.split('\n').map((line) => configurationFinding(line, file));
    return { servers: [], problems };
  }
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
  { registry, described }: { registry: Registry | undefined; described: FleetCorrection | undefined },
): readonly FleetFinding[] {
  const corrected = new Set(described?.proposals.map(({ server }) => server));
  return [
    ...(registry === undefined ? [] : registryFindings(registry)),
    ...problems,
    ...commandFindings(fleet).filter(({ server }) => !corrected.has(server)),
    ...(described?.unproven ?? []),
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
