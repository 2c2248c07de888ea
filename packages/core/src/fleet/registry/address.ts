/** @returns host and port of `http://host:port/...` or `host:port`; undefined where the text is no such address. */
export function parseAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(\[[0-9a-f:]+\]|[A-Za-z0-9.-]+):(\d+)(?:\/.*)?$/i.exec(
    text.trim(),
  );
  return match === null ? undefined : { host: match[1] ?? '', port: Number(match[2]) };
}
