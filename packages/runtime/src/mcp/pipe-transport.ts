import type { Readable, Writable } from 'node:stream';

import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';

/** One message may be so long; a server that sends more without a line break speaks no MCP. */
const LONGEST_LINE = 8 * 1024 * 1024;

/** The pipes of a process that speaks MCP over them. */
export interface Pipes {
  readonly stdin: Writable;
  readonly stdout: Readable;
}

/**
 * MCP over the pipes of a process that is somebody else's: one JSON message a line. The client's own stdio transport
 * starts the process itself, without a group and a mark, so that its strays could not be found again.
 */
export class PipeTransport implements Transport {
  // The client tells a transport over pipes by these two, and then takes silence for an old server.
  readonly stderr = null;
  readonly pid: number | null;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  private readonly pipes: Pipes;
  private held = '';
  private isOpen = false;

  constructor(pipes: Pipes, pid: number | null) {
    this.pipes = pipes;
    this.pid = pid;
  }

  start(): Promise<void> {
    this.isOpen = true;
    this.pipes.stdout.setEncoding('utf8');
    this.pipes.stdout.on('data', this.read);
    this.pipes.stdout.on('end', this.ended);
    this.pipes.stdin.on('error', this.broken);
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      this.pipes.stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Lets the pipes go; ending the process is the business of whoever started it. */
  close(): Promise<void> {
    this.pipes.stdout.off('data', this.read);
    this.pipes.stdout.off('end', this.ended);
    // Nobody reads any more, and an unread pipe would stop the process.
    this.pipes.stdout.resume();
    this.ended();
    return Promise.resolve();
  }

  private readonly read = (chunk: string): void => {
    this.held += chunk;
    if (this.held.length > LONGEST_LINE) {
      this.held = '';
      this.onerror?.(new Error('a line of the server is too long for a message'));
      return;
    }
    const lines = this.held.split('\n');
    this.held = lines.pop() ?? '';
    for (const line of lines) this.take(line.trim());
  };

  /** Some servers greet on stdout; what is no message is passed over. */
  private take(line: string): void {
    if (!line.startsWith('{')) return;
    try {
      this.onmessage?.(JSON.parse(line) as JSONRPCMessage);
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private readonly ended = (): void => {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.onclose?.();
  };

  private readonly broken = (error: Error): void => this.onerror?.(error);
}
