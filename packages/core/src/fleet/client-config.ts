import type { ServerSpec } from './server-spec.ts';
import { serverUrl } from './server-spec.ts';

/** One entry of the file that MCP clients read. */
export type ClientEntry =
  | { readonly type: 'http' | 'sse'; readonly url: string }
  | {
      readonly command: string;
      readonly args: readonly string[];
      readonly cwd: string;
      readonly env: Readonly<Record<string, string>>;
    };

/**
 * The `mcpServers` file for MCP clients. A secret stands there as `${NAME}`, never as its value: the client reads
 * its own environment.
 *
 * @param directoryOf the absolute working directory of a server
 */
export function clientConfig(
  servers: readonly ServerSpec[],
  directoryOf: (spec: ServerSpec) => string,
): { readonly mcpServers: Readonly<Record<string, ClientEntry>> } {
  const entry = (spec: ServerSpec): ClientEntry | undefined => {
    const { health, command, env, secrets, references } = spec;
    if (health.mcp !== undefined) return { type: 'http', url: serverUrl(spec) };
    if (health.sse !== undefined) return { type: 'sse', url: serverUrl(spec) };
    if (health.stdio !== true) return undefined;
    const [program, ...args] = command;
    const read = Object.fromEntries(secrets.map((name) => [name, `\${${name}}`]));
    return { command: program, args, cwd: directoryOf(spec), env: { ...env, ...references, ...read } };
  };
  const entries = servers.map((spec) => [spec.name, entry(spec)] as const);
  return {
    mcpServers: Object.fromEntries(
      entries.filter((pair): pair is [string, ClientEntry] => pair[1] !== undefined),
    ),
  };
}
