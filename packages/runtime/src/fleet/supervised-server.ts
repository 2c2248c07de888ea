import { setTimeout as sleep } from 'node:timers/promises';

import { exitFault } from '@sophia/core/fleet/exit-fault';
import type { HandshakeFacts } from '@sophia/core/fleet/fleet-snapshot';
import type { ServerSpec } from '@sophia/core/fleet/server-spec';
import type { ServerFault } from '@sophia/core/fleet/server-status';
import type { ServerEvent } from '@sophia/core/fleet/server-transition';
import type { Fault } from '@sophia/core/gate/outcome';

import { mcpFault } from '../mcp/mcp-error.ts';
import { openMcp } from '../mcp/mcp-session.ts';
import type { McpSession } from '../mcp/mcp-session.ts';
import type { OrderedServer, ProcessId } from './fleet-order.ts';
import type { Listening } from './listening.ts';
import { isRefused, portInUse } from './listening.ts';
import { askPlain, endpointsOf, waitUntilReady } from './readiness.ts';
import { signalFamily, startProcess, stopGently, sweepStrays, NotStarted } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';
import type { ServerLog } from './server-log.ts';

/** From the end of one sign of life to the next question. */
const LIVENESS_PERIOD_MS = 3_000;
/** How long a server may take to answer; longer while others start, when the machine is busy. */
const ANSWER_TIMEOUT_MS = 2_000;
const BUSY_ANSWER_TIMEOUT_MS = 8_000;

const CALLED_OFF: ServerFault = {
  category: 'refused',
  message: 'told to end before it was started',
  hint: 'start the fleet again',
};

/** @returns who holds its port already; undefined where it is free */
async function takenPort({ host, port }: ServerSpec): Promise<ServerFault | undefined> {
  if (port === undefined || (await isRefused({ host, port }))) return undefined;
  return portInUse(port);
}

/** A cut pipe is seen before the end of the process that cut it, and only that end says why. */
const EXIT_GRACE_MS = 500;

/** What a supervised server needs of its fleet. */
export interface FleetSurroundings {
  readonly fleetId: string;
  /** Tells the fleet's machine what happened. */
  readonly tell: (event: ServerEvent) => void;
  /** Called when a process began, to be recorded. */
  readonly onProcess: (id: ProcessId) => void;
  /** True while servers are being started. */
  readonly isBusy: () => boolean;
}

/** The effects of one server: its process, its session, its signs of life. It decides nothing. */
export class SupervisedServer {
  readonly ordered: OrderedServer;
  readonly log: ServerLog;
  handshake: HandshakeFacts | null = null;
  listening: Listening | null = null;
  private process: ServerProcess | undefined;
  private session: McpSession | undefined;
  private ending: Promise<void> | undefined;
  private life = new AbortController();
  private era: 'auto' | 'legacy' = 'auto';
  private readonly around: FleetSurroundings;

  constructor(ordered: OrderedServer, log: ServerLog, around: FleetSurroundings) {
    this.ordered = ordered;
    this.log = log;
    this.around = around;
  }

  /** The process that runs now; undefined where there is none. */
  get id(): ProcessId | undefined {
    return this.process;
  }

  /** Starts the process and waits until it is ready; tells `ready`, `not-ready` or `exited`. */
  async spawn(): Promise<void> {
    const { spec, obstacle } = this.ordered;
    this.log.forgetTail();
    this.life = new AbortController();
    const { signal } = this.life;
    const fault = obstacle ?? (await takenPort(spec));
    if (fault !== null && fault !== undefined) return this.tellExited(fault, false);
    if (signal.aborted) return this.tellExited(CALLED_OFF, false);
    try {
      this.process = await startProcess({
        server: this.ordered,
        fleetId: this.around.fleetId,
        log: this.log,
      });
    } catch (error) {
      if (!(error instanceof NotStarted)) throw error;
      return this.tellExited(error.fault, false);
    }
    this.around.onProcess(this.process);
    this.log.note(`started as pid ${this.process.pid}`);
    void this.watchExit(this.process);
    await this.becomeReady(this.process);
  }

  /** Ends the process and everything of its own; what follows is told as `exited`. */
  kill(how: 'gently' | 'at-once'): void {
    const { process } = this;
    const reason = new Error('the server is ending');
    // Its port is being looked at: nothing is started any more.
    if (process === undefined) return this.life.abort(reason);
    const family = { fleetId: this.around.fleetId, server: this.ordered.spec.name, process };
    this.log.note(how === 'gently' ? 'is told to end' : 'does not answer, and is killed');
    this.life.abort(reason);
    if (how === 'at-once') signalFamily(family, 'SIGKILL');
    else this.ending = this.endGently(family);
  }

  private async endGently(family: {
    fleetId: string;
    server: string;
    process: ServerProcess;
  }): Promise<void> {
    await this.closeSession();
    await stopGently({ ...family, stopTimeoutMs: this.ordered.spec.stopTimeoutMs });
  }

  private async becomeReady(process: ServerProcess): Promise<void> {
    const { spec } = this.ordered;
    const { life } = this;
    const request = { spec, process, fleetId: this.around.fleetId, signal: life.signal, era: this.era };
    const found = await waitUntilReady(request);
    if ('fault' in found && process.pipes !== undefined)
      await Promise.race([process.exited, sleep(EXIT_GRACE_MS)]);
    if (life.signal.aborted || this.process !== process) {
      if ('ready' in found) await found.ready.session?.close();
      return;
    }
    if ('fault' in found) return this.around.tell({ type: 'not-ready', fault: found.fault });
    this.session = found.ready.session;
    this.handshake = found.ready.session?.facts ?? null;
    this.listening = found.ready.listening;
    this.era = this.handshake?.era === 'legacy' ? 'legacy' : 'auto';
    this.around.tell({ type: 'ready' });
    void this.watchLife(process, life.signal);
  }

  private async watchExit(process: ServerProcess): Promise<void> {
    const { code, signal } = await process.exited;
    const wasReady = this.listening !== null;
    this.life.abort(new Error('the server has ended'));
    await this.ending?.catch(() => undefined);
    const request = { fleetId: this.around.fleetId, server: this.ordered.spec.name, process };
    // Whoever was told to go gets a moment; what a crash left behind does not.
    await (this.ending === undefined ? sweepStrays(request, 0) : sweepStrays(request));
    this.ending = undefined;
    await this.closeSession();
    this.log.flush();
    this.log.note(`ended with ${signal ?? `exit code ${code ?? 0}`}`);
    this.process = undefined;
    this.listening = null;
    // Some servers end at the question for the newer era: the next start asks for the older one only.
    if (!wasReady && process.pipes !== undefined) this.era = 'legacy';
    const { fault, again } = exitFault({ code, signal, wasReady, tail: this.log.tail });
    this.tellExited(fault, again);
  }

  private tellExited(fault: ServerFault, again: boolean): void {
    this.around.tell({ type: 'exited', fault, again, jitter: Math.random() });
  }

  private async closeSession(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    await session?.close();
  }

  private async watchLife(process: ServerProcess, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(LIVENESS_PERIOD_MS, undefined, { signal }).catch(() => undefined);
      // Asked again at once after a miss: a server that hangs must be well again within 10 s.
      for (let missed = true; missed && !signal.aborted;) {
        const fault = await this.askForLife(process);
        if (signal.aborted) return;
        missed = fault !== undefined;
        this.around.tell(fault === undefined ? { type: 'answered' } : { type: 'unanswered', fault });
      }
    }
  }

  /** The kept session is asked; one that was lost without the server's fault is opened anew. */
  private async askForLife(process: ServerProcess): Promise<Fault | undefined> {
    const timeoutMs = this.around.isBusy() ? BUSY_ANSWER_TIMEOUT_MS : ANSWER_TIMEOUT_MS;
    const signal = AbortSignal.any([this.life.signal, AbortSignal.timeout(timeoutMs)]);
    const { spec } = this.ordered;
    const [endpoint] = endpointsOf(spec, process);
    if (endpoint === undefined) return await askPlain(spec, signal);
    try {
      if (this.session !== undefined) return void (await this.session.ping(timeoutMs));
    } catch (error) {
      const fault = mcpFault(error);
      if (fault.category === 'timeout' || endpoint.transport === 'stdio') return fault;
      await this.closeSession();
    }
    try {
      this.session = await openMcp(endpoint, { timeoutMs, signal, era: this.era });
      return undefined;
    } catch (error) {
      return mcpFault(error);
    }
  }
}
