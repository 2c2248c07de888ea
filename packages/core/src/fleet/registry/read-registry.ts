import { configurationError } from '../../config/config-errors.ts';
import { parseLocated } from '../../config/located.ts';
import { SophiaError } from '../../errors.ts';
import type { Collector } from './collector.ts';
import { judgeRegistry } from './judge-registry.ts';
import type { Registry, RegistryServer } from './registry.ts';
import { walkRegistry } from './walk.ts';

const EXPECTED =
  'expected names with ports ({"servers": {"name": 9000}}, also in categories, lists of {"name", "port"}, or with {"port": 9000} as value), or commands ({"mcpServers": {"name": {"command": "..."}}})';

/**
 * Reads a port registry or an `.mcp.json`-like file of any shape into one model, as JSON or YAML.
 *
 * @throws SophiaError `configuration` for broken syntax, and for a file in which there is no server
 */
export function readRegistry({ text, file }: { readonly text: string; readonly file: string }): Registry {
  const { tree, issues } = parseLocated(text.replace(/^\uFEFF/, ''));
  if (issues.length > 0) throw configurationError(file, issues, `correct ${file}; nothing has run`);
  const found = walkRegistry(tree);
  const servers = assemble(found);
  if (servers.size === 0 && found.findings.length === 0) {
    throw new SophiaError('configuration', {
      message: `${file}:1:1: this shape of registry is not understood: no server is in it`,
      hint: EXPECTED,
    });
  }
  return { file, servers, ranges: found.ranges, findings: judgeRegistry(found, servers) };
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
    };
  };
  return new Map([...names].map((name) => [name, server(name)]));
}
