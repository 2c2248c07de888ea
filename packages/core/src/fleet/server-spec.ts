/** Ways to ask a server whether it is there; each that is given is asked (contract, section 2). */
export interface HealthSpec {
  /** Path of streamable HTTP. */
  readonly mcp?: string;
  readonly sse?: string;
  readonly stdio?: true;
  /** Path that answers 2xx. */
  readonly http?: string;
  readonly tcp?: true;
}

/** A server of the fleet, with everything that starting, proving and stopping it needs; no secret value in it. */
export interface ServerSpec {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** From the working directory. */
  readonly directory: string;
  readonly host: string;
  /** Undefined for a server that only speaks over its own pipes. */
  readonly port: number | undefined;
  readonly priority: number;
  readonly needs: readonly string[];
  readonly critical: boolean;
  /** Values as they are to be set; `references` are still to be read. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of variables of the job that are passed on. */
  readonly secrets: readonly string[];
  /** Values of a registry with `${NAME}` in them: read from the job's environment when the server starts. */
  readonly references: Readonly<Record<string, string>>;
  /** The same in its command and folder, as a registry has them; a configuration's are read already. */
  readonly readsCommand?: true;
  readonly health: HealthSpec;
  readonly expect: { readonly tools: readonly string[]; readonly minTools: number };
  readonly restart: { readonly limit: number; readonly windowMs: number };
  readonly readyTimeoutMs: number;
  readonly stopTimeoutMs: number;
}

/** @returns true where something of the server is reached over a port. */
export const needsPort = ({ health }: Pick<ServerSpec, 'health'>) =>
  health.mcp !== undefined || health.sse !== undefined || health.http !== undefined || health.tcp === true;

/** @returns the address that clients use: of streamable HTTP, else of SSE, else of the port; empty for stdio alone. */
export function serverUrl({ health, host, port }: Pick<ServerSpec, 'health' | 'host' | 'port'>): string {
  if (port === undefined || !needsPort({ health })) return '';
  return `http://${bracketed(host)}:${port}${health.mcp ?? health.sse ?? ''}`;
}

const bracketed = (host: string) => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

/** @returns the address of a path of the server. */
export function pathUrl({ host, port }: Pick<ServerSpec, 'host' | 'port'>, path: string): string {
  return `http://${bracketed(host)}:${port ?? 0}${path}`;
}
