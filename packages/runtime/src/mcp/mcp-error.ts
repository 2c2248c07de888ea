import { transportFault } from '@sophia/core/gate/transport-faults';
import type { Fault } from '@sophia/core/gate/outcome';
import type { Category } from '@sophia/core/report/envelope';

/** Longer chains of causes than this are a loop. */
const DEEPEST_CAUSE = 8;
const LONGEST_MESSAGE = 200;

/** Foreign text, short and on one line. */
export const oneLine = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}...` : line;
};

/** Errors of another realm are no instances of ours, so they are known by what they have. */
const isError = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && typeof (value as { message?: unknown }).message === 'string';

function* chainOf(error: unknown): Generator<Error> {
  let link: unknown = error;
  for (let depth = 0; isError(link) && depth < DEEPEST_CAUSE; depth += 1) {
    yield link;
    link = link.cause ?? (link as { errors?: unknown[] }).errors?.[0];
  }
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

/** @returns the HTTP status that an error of the SDK carries, wherever it keeps it. */
export function httpStatusOf(error: unknown): number | undefined {
  for (const link of chainOf(error)) {
    const { data, code, event } = link as {
      data?: { status?: unknown };
      code?: unknown;
      event?: { code?: unknown };
    };
    for (const status of [data?.status, code, event?.code]) {
      if (typeof status === 'number' && status >= 100 && status < 600) return status;
    }
  }
  return undefined;
}

/** The client's SSE transport keeps the code of a socket in its words only. */
const wordedCode = (message: string) =>
  /\b(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)\b/.exec(message)?.[0] ?? '';

type Row = readonly [category: Category, message: string, hint: string];

const BY_STATUS: Readonly<Record<number, Row>> = {
  401: [
    'unauthorized',
    'the server wants a token',
    'give its token in headers, or among the secrets of the server',
  ],
  403: [
    'forbidden',
    'the server refuses this client or host',
    'some servers insist on a host name: set `host: localhost`; else check the token',
  ],
  404: ['not-found', 'there is no MCP endpoint at this path', 'correct the path: often /mcp or /sse'],
  405: [
    'protocol',
    'the endpoint does not take MCP requests',
    'correct the path, or the transport: mcp is streamable HTTP, sse its predecessor',
  ],
  429: ['rate-limited', 'the server limits its requests', 'ask it less often'],
};

function byStatus(status: number): Fault {
  const known = BY_STATUS[status];
  if (known !== undefined)
    return { category: known[0], message: `${known[1]} (HTTP ${status})`, hint: known[2] };
  if (status >= 500) {
    return {
      category: 'server-error',
      message: `the server answered with HTTP ${status}`,
      hint: 'look into the log of the server',
    };
  }
  return {
    category: 'protocol',
    message: `the server answered with HTTP ${status}`,
    hint: 'check that this address is its MCP endpoint',
  };
}

/**
 * Tells what an error of the MCP client means. The transport (nobody there, no answer), the HTTP answer and the
 * protocol itself fail differently.
 */
export function mcpFault(error: unknown): Fault {
  for (const link of chainOf(error)) {
    const code = codeOf(link);
    if (code === 'REQUEST_TIMEOUT' || link.name === 'TimeoutError' || link.name === 'AbortError') {
      const hint = 'the server may still be starting, or hang: look into its log';
      return { category: 'timeout', message: 'the server did not answer in time', hint };
    }
    const fault = transportFault(code || wordedCode(link.message));
    if (fault !== undefined) return fault;
  }
  const status = httpStatusOf(error);
  if (status !== undefined) return byStatus(status);
  const [first] = chainOf(error);
  if (first !== undefined && codeOf(first) === 'CONNECTION_CLOSED') {
    return {
      category: 'protocol',
      message: 'the server closed the connection',
      hint: 'it may have ended: look into its log',
    };
  }
  const text = oneLine(first?.message ?? String(error));
  return {
    category: 'protocol',
    message: `no MCP handshake: ${text}`,
    hint: 'check that an MCP server listens there, with this transport',
  };
}
