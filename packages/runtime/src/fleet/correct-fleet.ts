// What standardise makes of the file that says how servers are started: the configuration, or the registry itself.
import { resolve } from 'node:path';

import type { Registry } from '@sophia/core/fleet/registry/registry';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';
import { planCommands, planHealth } from '@sophia/core/fleet/standardise/plan-configuration';
import type { ProvenHealth } from '@sophia/core/fleet/standardise/plan-configuration';
import { planEntries } from '@sophia/core/fleet/standardise/plan-entries';
import { applyProposals } from '@sophia/core/fleet/standardise/proposal';
import type { Proposal } from '@sophia/core/fleet/standardise/proposal';
import type { FleetFinding } from '@sophia/core/fleet/validate-fleet';

import type { FleetRequest } from './fleet-request.ts';
import { proveHealth } from './prove-health.ts';
import type { Proof } from './prove-health.ts';

export interface StandardiseRequest extends FleetRequest {
  /** Make the corrections instead of only proposing them. */
  readonly write: boolean;
  /** Start nothing: health endpoints are then not proven. */
  readonly dryRun: boolean;
}

/** A file as it is and as it would be. */
export interface Correction {
  /** As the user named it. */
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly proposals: readonly Proposal[];
}

/** A file as it would be, and the servers whose health was proven in no way, or cannot be written there. */
export type FleetCorrection = Correction & Pick<Proof, 'unproven'>;

/** Corrects commands and health in the configuration. */
export async function correctConfiguration(
  request: StandardiseRequest,
  servers: readonly ServerSpec[],
  isAsOnDisk: boolean,
): Promise<FleetCorrection | undefined> {
  const { session, config } = request;
  if (config === undefined || servers.length === 0) return undefined;
  const isInline = session.common.configInline.trim() !== '';
  const { file, environment } = config;
  const before = isInline
    ? session.common.configInline
    : ((await session.host.files.read(resolve(session.directory, file))) ?? '');
  const source = { file, text: before, environment };
  const commands = planCommands(source, servers);
  const proof = await proveWherePossible(request, servers, isAsOnDisk && commands.length === 0);
  return correction({ file, before }, proof, { first: commands, healths: planHealth(source, proof.proven) });
}

/** Corrects health in a registry that starts its servers itself. */
export async function correctEntries(
  request: StandardiseRequest,
  servers: readonly ServerSpec[],
  registry: Correction & { readonly registry: Registry },
): Promise<FleetCorrection | undefined> {
  if (servers.length === 0) return undefined;
  const { file, before, after } = registry;
  const proof = await proveWherePossible(request, servers, before === after);
  const healths = planEntries(after, registry.registry, proof.proven);
  return correction({ file, before: after }, proof, { first: [], healths });
}

function correction(
  { file, before }: Pick<Correction, 'file' | 'before'>,
  { proven, unproven }: Proof,
  { first, healths }: { readonly first: readonly Proposal[]; readonly healths: readonly Proposal[] },
): FleetCorrection {
  const proposals = [...first, ...healths];
  const unwritten = proven.filter(({ name }) => !healths.some(({ server }) => server === name));
  return {
    ...{ file, before, after: applyProposals(before, proposals), proposals },
    unproven: [...unproven, ...unwritten.map((one) => byHand(one))],
  };
}

/** Its form in the file is one that cannot be changed without losing something. */
const byHand = ({ name, proven }: ProvenHealth): FleetFinding => ({
  ...{ level: 'warning', rule: 'unwritten', server: name },
  message: `its health is proven with ${JSON.stringify(proven)}: write it where the configuration has it`,
});

async function proveWherePossible(
  request: StandardiseRequest,
  servers: readonly ServerSpec[],
  isAsOnDisk: boolean,
): Promise<Proof> {
  const { log } = request.session.host;
  const nothing: Proof = { proven: [], unproven: [] };
  if (request.dryRun) return nothing;
  if (isAsOnDisk) return await proveHealth(request, servers);
  log.warning(
    'health endpoints were not proven: a fleet that has to be corrected is not started; make the corrections, then run this again',
  );
  return nothing;
}
