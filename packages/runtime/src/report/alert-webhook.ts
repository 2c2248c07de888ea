import { createHmac } from 'node:crypto';

import { SophiaError } from '@sophia/core/errors';
import type { WebhookMessage } from '@sophia/core/report/alert';

import type { Host } from '../host/host.ts';
import { proxySecrets } from '../http/proxy.ts';
import { openHttp } from '../http/request.ts';

/** Longest that a webhook may take. Slack answers in well under a second, and a job has better things to do. */
const TIMEOUT_MS = 5_000;
/** Nothing of the answer is shown; it is read so that the connection can be closed in order. */
const MOST_BYTES = 4_096;
/** A shorter part of a URL's path is no secret, and masking it would spoil texts. */
const SHORTEST_PATH = 12;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Where alerts go; both texts are secrets. */
export interface Webhook {
  readonly url: string;
  /** Signs what is sent; empty where the receiver checks nothing (Slack). */
  readonly key: string;
}

/** Registers what must not be seen: the whole URL is a credential, and so is its path (Slack's has the token there). */
export function hideWebhook({ url, key }: Webhook, { redaction }: Pick<Host, 'redaction'>): void {
  for (const value of [url, key]) if (value !== '') redaction.add(value);
  if (!URL.canParse(url)) return;
  const parsed = new URL(url);
  const parts = [
    parsed.pathname,
    `${parsed.pathname}${parsed.search}`,
    parsed.password,
    ...parsed.searchParams.values(),
  ];
  for (const part of [parsed.href, ...parts.filter(({ length }) => length >= SHORTEST_PATH)])
    redaction.add(part);
}

/**
 * @returns the headers that prove who sent a body, and when: `x-sophia-signature` is `sha256=` and the HMAC-SHA256 in hex
 *   of `<timestamp>.<body>`, `x-sophia-timestamp` the seconds since 1970, so that a receiver can refuse old ones
 */
function signatureHeaders(body: string, key: string, nowMs: number): Readonly<Record<string, string>> {
  if (key === '') return {};
  const timestamp = String(Math.floor(nowMs / 1_000));
  const digest = createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex');
  return { 'x-sophia-timestamp': timestamp, 'x-sophia-signature': `sha256=${digest}` };
}

function target(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isLoopback = parsed?.protocol === 'http:' && LOOPBACK.test(parsed.hostname);
  if (parsed !== undefined && (parsed.protocol === 'https:' || isLoopback)) return parsed;
  throw new SophiaError('usage', {
    message: 'the input "alert-webhook" is no https:// URL',
    hint: 'give the whole URL, from a secret',
  });
}

/**
 * Sends a message once, within five seconds; redirects are not followed.
 *
 * @throws SophiaError `usage` of the URL, `unavailable` where nobody takes it, `protocol` for another status than 2xx
 */
export async function sendWebhook(webhook: Webhook, message: WebhookMessage, host: Host): Promise<void> {
  for (const secret of proxySecrets(host.variables)) host.redaction.add(secret);
  const url = target(webhook.url);
  const body = redactedJson(message, host);
  const client = openHttp(host.variables);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const result = await client.http({
      url,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...signatureHeaders(body, webhook.key, host.clock.nowMs()),
      },
      body,
      signal: AbortSignal.any([host.signal, timeout]),
      maxBodyBytes: MOST_BYTES,
    });
    if ('fault' in result) throw unavailable(timeout.aborted ? tooSlow : result.fault);
    const { status } = result.answer;
    if (status < 200 || status > 299) throw refused(status);
  } finally {
    client.close();
  }
}

/** Each text by itself, so that what is masked can never break the JSON around it. */
const redactedJson = (value: WebhookMessage, { redaction }: Pick<Host, 'redaction'>): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? redaction.redact(part) : part));

const tooSlow = {
  message: `no answer within ${TIMEOUT_MS / 1_000} s`,
  hint: 'look whether its service is up',
};

const unavailable = ({ message, hint }: { readonly message: string; readonly hint: string }) =>
  new SophiaError('unavailable', { message: `the webhook was not reached: ${message}`, hint });

const refused = (status: number) =>
  new SophiaError('protocol', {
    message: `the webhook answered ${status}`,
    hint: 'look whether the webhook still exists, and what its service says',
  });
