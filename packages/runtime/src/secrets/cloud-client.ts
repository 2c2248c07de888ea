import { SophiaError } from '@sophia/core/errors';

import type { Attempted, CloudFailure } from './cloud-failure.ts';
import { passing } from './cloud-failure.ts';
import type { RequestOptions, Response } from './http-client.ts';
import { judgeStatus } from './judge-status.ts';
import { judgeTransport } from './judge-transport.ts';
import type { CloudAnswer } from './read-answer.ts';
import { withRetries } from './retries.ts';
import type { RetryBudget } from './retries.ts';
import { whoTells } from './who-tells.ts';

/** The longest that one request may take, its answer's body included (issue 4). */
const TIMEOUT_MS = 15_000;

/** The largest answer that is read: an environment is far smaller, and memory is finite. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Sends one request with these options; throws whatever the HTTP client throws. */
export type Send = (options: RequestOptions) => Promise<Response>;

/** One operation at Pulumi Cloud: how to send it, and how to read its success. */
export interface Operation<T> {
  /** In words, such as `open acme/default/app`. */
  readonly what: string;
  readonly send: Send;
  readonly read: (answer: CloudAnswer) => Attempted<T>;
  /** Reads a refusal that means more than its status says. */
  readonly refusal?: (answer: CloudAnswer) => CloudFailure | undefined;
}

/** A backend, and the time that all requests to it share. */
export interface CloudClient {
  /** `https://host[:port][/path]` */
  readonly url: string;
  /**
   * Sends a request, again after what may pass, and reads the answer.
   *
   * @throws SophiaError the last failure
   */
  perform<T>(operation: Operation<T>): Promise<T>;
}

/** @returns a client of the backend at `url`. */
export function cloudClient(url: string, budget: RetryBudget): CloudClient {
  return {
    url,
    perform: (operation) => withRetries(budget, () => attempt(operation, url, budget)),
  };
}

async function attempt<T>(operation: Operation<T>, url: string, budget: RetryBudget): Promise<Attempted<T>> {
  const { clock, endsAtMs, signal } = budget;
  const timeoutMs = Math.max(1, Math.ceil(Math.min(TIMEOUT_MS, endsAtMs - clock.monotonicMs())));
  const timer = AbortSignal.timeout(timeoutMs);
  const { host } = new URL(url);
  let answer: CloudAnswer;
  try {
    answer = answerOf(await operation.send(requestOptions(AbortSignal.any([signal, timer]))));
  } catch (error) {
    return timer.aborted ? silent(host, timeoutMs) : { failure: judgeTransport(error, host) };
  }
  const refused =
    operation.refusal?.(answer) ?? judgeStatus(answer, { what: operation.what, host, nowMs: clock.nowMs() });
  return refused === undefined ? operation.read(answer) : { failure: refused };
}

/** No status is an error to the client, and no body is read by it: both are judged here, where no token is at hand. */
function requestOptions(signal: AbortSignal): RequestOptions {
  return {
    signal,
    maxRedirects: 0,
    maxContentLength: MOST_BYTES,
    maxBodyLength: MOST_BYTES,
    responseType: 'arraybuffer',
    transformResponse: (data: unknown) => data,
    validateStatus: () => true,
  };
}

function answerOf({ status, headers, data }: Response): CloudAnswer {
  if (data instanceof Uint8Array) return { status, headers: headers as CloudAnswer['headers'], body: data };
  throw new SophiaError('protocol', { message: 'the answer has no body', hint: 'check `cloud-url`' });
}

const silent = (host: string, timeoutMs: number) =>
  passing('unavailable', {
    message: `Pulumi Cloud at ${host}: no answer in ${Math.ceil(timeoutMs / 1000)} s`,
    hint: `a firewall or proxy may drop the connection, or the service is slow; ${whoTells(host)}`,
  });
