import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Fault } from '@sophia/core/gate/outcome';

import { signalGroup } from '../ports/processes.ts';
import { judgeTools } from './judge-tools.ts';
import type { ToolExpectation } from './judge-tools.ts';
import { mcpFault } from './mcp-error.ts';
import { openMcp } from './mcp-session.ts';
import type { McpEndpoint, McpFacts } from './mcp-session.ts';

interface Common {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly expect?: Partial<ToolExpectation>;
}

/** A server to be asked once. */
export type McpProbeRequest = Common &
  (
    | {
        readonly transport: 'streamable-http' | 'sse';
        readonly url: string;
        readonly headers?: Readonly<Record<string, string>>;
        /** Sends the requests; default: the global one. */
        readonly fetch?: typeof fetch;
      }
    | {
        readonly transport: 'stdio';
        /** Started for the probe, and ended with it. */
        readonly command: readonly string[];
        readonly directory: string;
        /** The whole environment of the process. */
        readonly variables: Readonly<Record<string, string | undefined>>;
      }
  );

/** What one handshake found; `facts` may be there with a fault: the handshake held, the tools did not. */
export type McpProbe =
  | { readonly ok: true; readonly facts: McpFacts }
  | { readonly ok: false; readonly fault: Fault; readonly facts?: McpFacts };

const EXIT_GRACE_MS = 100;
const TERM_GRACE_MS = 1_000;

/**
 * Shakes hands with an MCP server of either era, asks it for a sign of life and its tools, and ends the session.
 * Never throws: nobody there, no protocol and no tools are different faults.
 */
export async function probeMcp(request: McpProbeRequest): Promise<McpProbe> {
  if (request.transport !== 'stdio') return await ask(request, request);
  const [program = '', ...args] = request.command;
  const child = spawn(program, args, {
    cwd: request.directory,
    env: request.variables,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // Whoever asked may end before this does: then the server ends with it, not after it.
  const kill = () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL');
  process.once('exit', kill);
  const gone = new Promise<McpProbe>((resolve) => {
    child.once('error', (error) => resolve({ ok: false, fault: notStarted(program, error) }));
    child.once('exit', (code) => resolve({ ok: false, fault: endedEarly(code) }));
  });
  const { stdin, stdout } = child;
  const answer = ask({ transport: 'stdio', pipes: { stdin, stdout }, pid: child.pid ?? null }, request);
  try {
    const first = await Promise.race([answer, gone]);
    // A pipe often closes a moment before its process is known to have ended, and the end says more.
    return first.ok ? first : await Promise.race([gone, sleep(EXIT_GRACE_MS, first)]);
  } finally {
    await end(child);
    process.off('exit', kill);
  }
}

async function ask(endpoint: McpEndpoint, { timeoutMs, signal, expect }: Common): Promise<McpProbe> {
  try {
    const session = await openMcp(endpoint, signal === undefined ? { timeoutMs } : { timeoutMs, signal });
    try {
      await session.ping(timeoutMs);
    } finally {
      await session.close();
    }
    const { facts } = session;
    const fault = judgeTools(facts.tools, { tools: expect?.tools ?? [], minTools: expect?.minTools ?? 0 });
    return fault === undefined ? { ok: true, facts } : { ok: false, fault, facts };
  } catch (error) {
    return { ok: false, fault: mcpFault(error) };
  }
}

/** @returns why a program could not be started, by the code that the system gave. */
export function notStarted(program: string, error: Error): Fault {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    return {
      category: 'configuration',
      message: `the program "${program}" or its working directory does not exist`,
      hint: 'install it, or correct command and working-directory',
    };
  }
  if (code === 'EACCES') {
    const hint = 'make it executable (chmod +x), or name the interpreter in front of it';
    return { category: 'configuration', message: `"${program}" is not executable`, hint };
  }
  return {
    category: 'configuration',
    message: `"${program}" cannot be started: ${error.message}`,
    hint: 'check the command',
  };
}

const endedEarly = (code: number | null): Fault => ({
  category: 'protocol',
  message: `the server ended with ${code === null ? 'a signal' : `exit code ${code}`} before its handshake`,
  hint: 'run its command by hand and read what it says',
});

async function end(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const exited = child.exitCode !== null || child.signalCode !== null;
  const gone = exited ? Promise.resolve() : new Promise<void>((done) => child.once('exit', () => done()));
  child.stdin?.destroy();
  const kill = () => signalGroup(pid, 'SIGKILL');
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(kill, TERM_GRACE_MS);
  await gone;
  clearTimeout(timer);
  kill();
}
