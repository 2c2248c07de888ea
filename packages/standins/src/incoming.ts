import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { Call } from './reply.ts';

/** A request as it arrived. Bodies that are no text are noted by their length. */
export type RecordedRequest = {
  readonly method: string;
  /** With query and base path, as sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** All of a request's body, unpacked: Snowflake's clients send it as gzip. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks);
  if (request.headers['content-encoding'] !== 'gzip') return body;
  try {
    return gunzipSync(body);
  } catch {
    return body;
  }
}

/** What a handler gets; `params` are filled in by the route. */
export function callOf(from: {
  request: IncomingMessage;
  body: Buffer;
  basePath: string;
  url: string;
}): Call {
  const { request, body, basePath, url } = from;
  const target = request.url ?? '/';
  // A path may begin with `//`, which a URL parser would take for a host.
  const [rawPath = '/', ...query] = target.split('?');
  const path =
    basePath === '' ? rawPath : rawPath.startsWith(`${basePath}/`) ? rawPath.slice(basePath.length) : '';
  return {
    method: request.method ?? '',
    path,
    params: {},
    query: new URLSearchParams(query.join('?')),
    headers: headersOf(request),
    body,
    json: parsed(body),
    url,
  };
}

/** What the log keeps. */
export function recorded(request: IncomingMessage, body: Buffer): RecordedRequest {
  const type = request.headers['content-type'] ?? '';
  const isText = type === '' || /^text\/|json|xml|x-www-form-urlencoded/.test(type);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: headersOf(request),
    body: isText ? body.toString('utf8') : `<${body.length} bytes>`,
  };
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
