/** One request as a stand-in's handler sees it. */
export type Call = {
  readonly method: string;
  /** Decoded path without the base path and without the query, e.g. `/v1/models`. */
  readonly path: string;
  /** Placeholders of the route's pattern, URL-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body as JSON, or undefined if it is none. */
  readonly json: unknown;
  /** Where this stand-in is reached, base path included: `http://127.0.0.1:PORT/base`. */
  readonly url: string;
};

/** What a handler answers. The kernel adds `content-length` and `date`. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
};

/** A JSON answer; `headers` come on top of `content-type`. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

/** A text answer, `text/plain` unless `headers` say otherwise. */
export function text(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body };
}

/** An answer of bytes, e.g. a zip. */
export function bytes(status: number, body: Uint8Array, headers: Record<string, string> = {}): Reply {
  return { status, headers: { 'content-type': 'application/octet-stream', ...headers }, body };
}

/** An answer without a body, e.g. 204. */
export function empty(status: number, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: '' };
}
