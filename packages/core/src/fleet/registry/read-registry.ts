import { configurationError } from '../../config/config-errors.ts';
import { parseAnyLocated } from '../../config/located.ts';
import type { SophiaError } from '../../errors.ts';
import type { Collector } from './collector.ts';
import { withoutComments } from './json-comments.ts';
import { judgeRegistry } from './judge-registry.ts';
import type { Registry, RegistryServer } from './registry.ts';
import { walkRegistry } from './walk.ts';

const EXPECTED =
  'expected names with ports ({"servers": {"name": 9000}}, also in categories, lists of {"name", "port"}, or with {"port": 9000} as value), or commands ({"mcpServers": {"name": {"command": "..."}}}), as JSON or YAML';

/**
 * Reads a port registry or an `.mcp.json`-like file of any shape into one model, as JSON or YAML.
 *
 * @throws SophiaError `configuration` for broken syntax, and for a file in which there is no server
 */
export function readRegistry({ text, file }: { readonly text: string; readonly file: string }): Registry {
  const { tree, issues } = parseAnyLocated(withoutComments(text.replace(/^\uFEFF/, '')));
  if (issues.length > 0)
    throw configurationError(file, issues, `correct ${file}; nothing has run. It is ${EXPECTED}`);
  const named = walkRegistry(tree, 'none');
  const found = named.names.size > 0 ? named : walkRegistry(tree, 'guessed');
  const servers = assemble(found);
  if (servers.size === 0) throw notUnderstood(file, named);
  return { file, servers, ranges: found.ranges, findings: judgeRegistry(found, servers) };
}

function notUnderstood(file: string, { findings }: Collector): SophiaError {
  const place = { line: 1, column: 1 };
  const message = 'this shape of registry is not understood: no server is in it';
  return configurationError(file, [{ place, message }, ...findings], EXPECTED);
}

function assemble(found: Collector): ReadonlyMap<string, RegistryServer> {
  const { names } = found;
  const place = new Map(found.order.map((name, index) => [name, index + 1]));
  const server = (name: string): RegistryServer => {
    const entries = found.entries.filter((entry) => entry.name === name);
    const needs = [...entries.flatMap((entry) => entry.needs), ...(found.needs.get(name) ?? [])];
    return {
      name,
      claims: found.claims.filter((claim) => claim.name === name),
      launch: entries.find((entry) => entry.launch !== undefined)?.launch,
      url: entries.find((entry) => entry.url !== '')?.url ?? '',
      priority: entries.find((entry) => entry.priority !== undefined)?.priority ?? place.get(name),
      needs: [...new Set(needs)].filter((need) => names.has(need)),
      lacks: entries.flatMap(({ stated }) => stated).filter((need) => !names.has(need.name)),
    };
  };
  return new Map([...names].map((name) => [name, server(name)]));
}
