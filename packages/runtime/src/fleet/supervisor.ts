import { join } from 'node:path';

import { defineFleet, freshFleet, isDown, isSettled, transition } from '@sophia/core/fleet/fleet-machine';
import type { FleetDefinition, FleetEvent, FleetState } from '@sophia/core/fleet/fleet-machine';
import type { FleetSnapshot, ServerSnapshot } from '@sophia/core/fleet/fleet-snapshot';
import { describeChange } from '@sophia/core/fleet/describe-change';
import { serverUrl } from '@sophia/core/fleet/server-spec';
import { freshStatus } from '@sophia/core/fleet/server-status';
import type { ServerStatus } from '@sophia/core/fleet/server-status';
import type { ServerEffect } from '@sophia/core/fleet/server-transition';

import { appendEvent } from './event-log.ts';
import type { FleetOrder, ProcessId } from './fleet-order.ts';
import { bootId, readProcess } from './proc/process-table.ts';
import { ServerLog } from './server-log.ts';
import { logName } from './server-log-name.ts';
import { recordProcess, writeRecord } from './state-file.ts';
import { SupervisedServer } from './supervised-server.ts';

/** Called with every line that people may want to see, and after every change. */
export interface Watcher {
  readonly onLine: (line: string) => void;
  readonly onChange: () => void;
}

/** Carries out what the fleet's machine decides, and tells it what happens. The one place where a fleet has a state. */
export class Supervisor {
  readonly stateDirectory: string;
  private readonly order: FleetOrder;
  private readonly definition: FleetDefinition;
  private readonly servers: ReadonlyMap<string, SupervisedServer>;
  private readonly watchers = new Set<Watcher>();
  private readonly startedAtMs = Date.now();
  private state: FleetState;
  private deadline: NodeJS.Timeout | undefined;

  constructor(stateDirectory: string, order: FleetOrder) {
    this.stateDirectory = stateDirectory;
    this.order = order;
    this.definition = defineFleet(
      order.servers.map(({ spec }) => spec),
      order.concurrency,
    );
    this.state = freshFleet(this.definition);
    this.servers = new Map(order.servers.map((ordered) => [ordered.spec.name, this.supervised(ordered)]));
  }

  /** Starts every server; the start-timeout begins. */
  begin(): void {
    // Without a record nobody could find this fleet again: no server is started then.
    writeRecord(this.stateDirectory, {
      version: 1,
      fleetId: this.order.fleetId,
      fingerprint: this.order.fingerprint,
      bootId: bootId(),
      supervisor: { pid: process.pid, startTime: readProcess(process.pid)?.startTime ?? '' },
      servers: {},
    });
    this.limitStart();
    this.send({ type: 'begin' });
  }

  /** Stops these servers and starts them again; the others go on. */
  restart(names: readonly string[]): void {
    this.limitStart();
    this.send({ type: 'restart', names });
  }

  /** Stops everything in reverse order; resolves when no process is left as far as this supervisor knows. */
  async stop(): Promise<void> {
    clearTimeout(this.deadline);
    const down = new Promise<void>((resolve) => {
      const watcher: Watcher = {
        onLine: () => undefined,
        onChange: () => {
          if (!isDown(this.state)) return;
          this.watchers.delete(watcher);
          resolve();
        },
      };
      this.watchers.add(watcher);
    });
    this.send({ type: 'stop' });
    await down;
    for (const { log } of this.servers.values()) log.close();
  }

  /** @returns a function that ends the watch. */
  watch(watcher: Watcher): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  /** True where nothing more happens by itself. */
  get isSettled(): boolean {
    return isSettled(this.state);
  }

  snapshot(): FleetSnapshot {
    return {
      fleetId: this.order.fleetId,
      fingerprint: this.order.fingerprint,
      supervisorPid: process.pid,
      startedAtMs: this.startedAtMs,
      settled: this.isSettled,
      servers: this.order.servers.map(({ spec }) => this.snapshotOf(spec.name)),
    };
  }

  private supervised(ordered: FleetOrder['servers'][number]): SupervisedServer {
    const { name } = ordered.spec;
    const log = new ServerLog(join(this.stateDirectory, 'logs', `${logName(name)}.log`), this.order.redacted);
    return new SupervisedServer(ordered, log, {
      fleetId: this.order.fleetId,
      tell: (event) => this.send({ name, ...event }),
      onProcess: (id) => this.record(name, id),
      isBusy: () => [...this.state.values()].some(({ state }) => state === 'starting'),
    });
  }

  private send(event: FleetEvent): void {
    const before = this.state;
    const step = transition(before, { ...event, atMs: Date.now() }, this.definition);
    this.state = step.state;
    // What made room for a start is told before the start.
    const ordered = [...step.state].toSorted(
      ([, a], [, b]) => Number(a.state === 'starting') - Number(b.state === 'starting'),
    );
    for (const [name, status] of ordered) this.announce(name, before.get(name) ?? freshStatus, status);
    for (const effect of step.effects) this.perform(effect);
    for (const watcher of [...this.watchers]) watcher.onChange();
  }

  private perform(effect: ServerEffect): void {
    const server = this.servers.get(effect.name);
    switch (effect.type) {
      case 'spawn':
        // Whatever goes wrong in it that is no event is a bug of ours, and ends the supervisor loudly.
        return void server?.spawn();
      case 'kill':
        return server?.kill(effect.how);
      case 'schedule-restart':
        setTimeout(() => this.send({ name: effect.name, type: 'restart-due' }), effect.delayMs);
    }
  }

  private announce(name: string, before: ServerStatus, after: ServerStatus): void {
    if (before.state === after.state && before.because === after.because) return;
    const { message, category } = after.fault ?? { message: '', category: null };
    const facts = {
      server: name,
      from: before.state,
      to: after.state,
      because: after.because,
      category,
      message,
    };
    appendEvent(join(this.stateDirectory, 'events.jsonl'), { time: new Date().toISOString(), ...facts });
    const line = describeChange(name, after, this.servers.get(name)?.handshake ?? null);
    for (const watcher of this.watchers) watcher.onLine(line);
  }

  private limitStart(): void {
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => {
      if (this.isSettled) return;
      const message = 'not healthy within the start-timeout of the whole fleet';
      const hint = 'raise mcp.start-timeout, or mcp.concurrency where the machine has cores to spare';
      this.send({ type: 'deadline', fault: { category: 'timeout', message, hint } });
    }, this.order.startTimeoutMs);
  }

  private record(name: string, id: ProcessId): void {
    try {
      recordProcess(this.stateDirectory, name, id);
    } catch {
      // A full disk: the record of the beginning has the mark, which finds every process of the fleet.
    }
  }

  private snapshotOf(name: string): ServerSnapshot {
    const status = this.state.get(name) ?? freshStatus;
    const server = this.servers.get(name);
    const { state, because, fault, attempts, restarts, firstSpawnedAtMs, readyMs, failedAtMs, recoveriesMs } =
      status;
    const { port, critical, needs } = server?.ordered.spec ?? { port: undefined, critical: true, needs: [] };
    return {
      ...{
        port: port ?? null,
        critical,
        needs,
        url: server === undefined ? '' : serverUrl(server.ordered.spec),
      },
      ...{
        name,
        state,
        because,
        fault,
        attempts,
        restarts,
        firstSpawnedAtMs,
        readyMs,
        failedAtMs,
        recoveriesMs,
      },
      pid: server?.id?.pid ?? null,
      handshake: server?.handshake ?? null,
      undeclaredPorts: server?.listening?.undeclaredPorts ?? [],
      publicPorts: server?.listening?.publicPorts ?? [],
      ownershipProven: server?.listening?.ownershipProven ?? true,
      lostLogBytes: server?.log.lostBytes ?? 0,
      tail: state === 'healthy' ? [] : (server?.log.tail ?? []),
    };
  }
}
