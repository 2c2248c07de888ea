/** An answer to a probe that is larger than this is none: bodies of strangers do not fill our memory. */
const MOST_BYTES = 8 * 1024 * 1024;

/** @returns a `fetch` that ends an answer once it has grown too large. */
export function cappedFetch(send: typeof fetch = fetch, mostBytes = MOST_BYTES): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init);
    if (response.body === null) return response;
    let bytes = 0;
    const cap = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes > mostBytes) controller.error(new Error(`the answer is larger than ${mostBytes} bytes`));
        else controller.enqueue(chunk);
      },
    });
    const { status, statusText, headers } = response;
    const capped = new Response(response.body.pipeThrough(cap), { status, statusText, headers });
    // The constructor leaves the address empty, and the client compares it to tell a redirect.
    Object.defineProperty(capped, 'url', { value: response.url });
    return capped;
  };
}
