import type { ServerSpec } from './server-spec.ts';

const PORT_OPTION = /^(?:--?(?:http[_-]?|sse[_-]?|mcp[_-]?|server[_-]?|listen[_-]?)?port|-p)(?:=(\d+))?$/i;
/** What is listened on as a whole: `--listen 127.0.0.1:9000`, `--bind=:9000`. */
const ADDRESS_OPTION = /^--?(?:listen|bind|listen[_-]address|bind[_-]address)(?:=(.+))?$/i;
const ADDRESS = /^(?:[a-z+]+:\/\/)?(?:\[[0-9a-f:.]+\]|[^:/\s]*):(\d+)\/?$/i;
/** Of other variables the port is another's, as in POSTGRES_PORT. */
const OWN_VARIABLE = /^(?:(?:MCP|FASTMCP|HTTP|SSE|SERVER|LISTEN|APP|MCP_SERVER|MCP_HTTP)_)?PORT$/;

/** A port that a server is told by other means than its own PORT. */
export interface CommandPort {
  readonly port: number;
  /** Where it stands, for people. */
  readonly where: string;
  readonly from: 'command' | 'environment';
}

type Told = Pick<ServerSpec, 'command' | 'env'> & Partial<Pick<ServerSpec, 'name'>>;

/** @returns the ports that the command's arguments and the environment of a server name. */
export function commandPorts({ command, env, name = '' }: Told): readonly CommandPort[] {
  const end = command.indexOf('--');
  const words = (from: number, to: number) =>
    command.slice(from, to).flatMap((word, index) => told(word, command[from + index + 1] ?? ''));
  const first = end < 0 ? words(0, command.length) : words(0, end);
  // Behind `--` is another program's line (mcp-proxy), or more of the same (npm run): only then its port counts.
  const fromArguments = first.length > 0 || end < 0 ? first : words(end + 1, command.length);
  const own = `${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_PORT`;
  const fromVariables = Object.entries(env)
    .filter(([key, value]) => (OWN_VARIABLE.test(key) || key === own) && /^\d+$/.test(value))
    .map(([key, value]) => ({
      port: Number(value),
      where: `${key}=${value}`,
      from: 'environment' as const,
    }));
  return [...fromArguments, ...fromVariables];
}

function told(word: string, next: string): CommandPort[] {
  const found = portOf(word, next);
  if (found === undefined) return [];
  return [{ port: found.port, where: found.isNext ? `${word} ${next}` : word, from: 'command' }];
}

/** @returns the port that an option says, with its value in the same word or the next. */
function portOf(word: string, next: string): { port: number; isNext: boolean } | undefined {
  const plain = PORT_OPTION.exec(word);
  const address = ADDRESS_OPTION.exec(word);
  const value = plain?.[1] ?? address?.[1];
  const text = value ?? (plain === null && address === null ? '' : next);
  const port = plain === null ? ADDRESS.exec(text)?.[1] : /^\d+$/.exec(text)?.[0];
  return port === undefined ? undefined : { port: Number(port), isNext: value === undefined };
}
