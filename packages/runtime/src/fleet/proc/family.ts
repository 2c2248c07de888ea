import { listProcesses, readEnvironment } from './process-table.ts';
import type { ProcessFacts } from './process-table.ts';

/** The variable that marks every process of a fleet; its value is new for each fleet. */
export const FLEET_MARK = 'SOPHIA_FLEET_ID';
/** The variable that says which server of the fleet a process belongs to. */
export const SERVER_MARK = 'SOPHIA_FLEET_SERVER';

/** Whose processes are looked for. */
export interface FamilyQuery {
  readonly fleetId: string;
  /** Only this server's; default: the whole fleet's. */
  readonly server?: string;
  /** The process that the server was started as. */
  readonly root?: number;
  /** Processes that are known to be others: a look at all of them takes milliseconds. */
  readonly except?: ReadonlySet<number>;
}

/**
 * Every process that belongs to a server: what carries its mark, whatever process group it has moved to, and the
 * descendants and the session of its root, whatever they did to their environment.
 *
 * @returns none without `/proc`
 */
export function findFamily(query: FamilyQuery): readonly ProcessFacts[] {
  const others = new Set([...(query.except ?? []), process.pid]);
  const processes = listProcesses(others);
  const members = new Set<number>();
  for (const facts of processes) if (isMember(facts, query)) members.add(facts.pid);
  for (let grown = true; grown;) {
    const children = processes.filter(({ pid, parent }) => members.has(parent) && !members.has(pid));
    for (const { pid } of children) members.add(pid);
    grown = children.length > 0;
  }
  return processes.filter(({ pid }) => members.has(pid));
}

function isMember({ pid, session }: ProcessFacts, { fleetId, server, root }: FamilyQuery): boolean {
  if (root !== undefined && (pid === root || session === root)) return true;
  const environment = readEnvironment(pid) ?? [];
  if (!environment.includes(`${FLEET_MARK}=${fleetId}`)) return false;
  return server === undefined || environment.includes(`${SERVER_MARK}=${server}`);
}
