import { variableOf } from '../secrets/variable-name.ts';
import { placeOf } from './located.ts';
import type { Issue, Located } from './located.ts';
import { deploymentFindings } from './deployment-findings.ts';
import { needsFindings } from './needs-findings.ts';
import type { Finding } from './needs-findings.ts';
import type { Sections } from './schema.ts';

/** What no single key can show: needs, cycles, doubles and names that must exist elsewhere in the file. */
export function crossCheck(sections: Partial<Sections>, tree: Located): readonly Issue[] {
  const findings = [
    ...checkFindings(sections),
    ...serverFindings(sections),
    ...deploymentFindings(sections),
    ...secretFindings(sections),
  ];
  return findings.map(({ path, message }) => ({ place: placeOf(tree, path), message }));
}

function checkFindings({ checks }: Partial<Sections>): Finding[] {
  if (checks === undefined) return [];
  const needs = new Map(Object.entries(checks).map(([name, check]) => [name, check.needs]));
  const own = Object.entries(checks).flatMap(([name, check]): Finding[] => {
    const path = ['checks', name];
    if (check.kind === 'command' && (check.run === undefined) === (check.command === undefined)) {
      return [
        {
          path,
          message: `check "${name}": expected exactly one of run (bash, or a list) and command (no shell)`,
        },
      ];
    }
    if (check.kind === 'mcp' && (check.transport === 'stdio' ? check.command : check.url) === undefined) {
      return [
        { path, message: `check "${name}": expected ${check.transport === 'stdio' ? 'command' : 'url'}` },
      ];
    }
    return [];
  });
  return [...needsFindings(needs, 'check', (name) => ['checks', name]), ...own];
}

function serverFindings({ mcp }: Partial<Sections>): Finding[] {
  if (mcp === undefined) return [];
  const servers = Object.entries(mcp.servers);
  const needs = new Map(servers.map(([name, server]) => [name, server.needs]));
  const owners = new Map<number, string>();
  const doubles = servers.flatMap(([name, server]): Finding[] => {
    const owner = server.port === undefined ? undefined : owners.get(server.port);
    if (server.port !== undefined && owner === undefined) owners.set(server.port, name);
    if (owner === undefined) return [];
    const message = `port ${server.port} belongs to "${owner}" already: give "${name}" another`;
    return [{ path: ['mcp', 'servers', name, 'port'], message }];
  });
  return [...needsFindings(needs, 'server', (name) => ['mcp', 'servers', name]), ...doubles];
}

/** The variable that a secret is exported as (contract, section 2). */
export function secretVariable(path: string, rule: { readonly env?: string | undefined }): string {
  return rule.env ?? variableOf(path);
}

function secretFindings({ secrets }: Partial<Sections>): Finding[] {
  if (secrets === undefined) return [];
  const owners = new Map<string, string>();
  return Object.entries(secrets).flatMap(([path, rule]) => {
    const variable = secretVariable(path, rule);
    const owner = owners.get(variable);
    owners.set(variable, owner ?? path);
    if (owner === undefined) return [];
    return [
      {
        path: ['secrets', path],
        message: `"${owner}" and "${path}" both become ${variable}: give one an env`,
      },
    ];
  });
}
