import { isMap, isScalar, parseDocument, visit } from 'yaml';
import type { YAMLMap } from 'yaml';

import { withoutComments } from '../registry/json-comments.ts';
import type { Registry } from '../registry/registry.ts';
import type { HealthSpec } from '../server-spec.ts';
import { reasonOf } from './plan-configuration.ts';
import type { ProvenHealth } from './plan-configuration.ts';
import { inItsQuotes, offsetOf, placeOf } from './proposal.ts';
import type { Proposal } from './proposal.ts';

/**
 * Writes proven health to the entries of a registry that starts its servers itself (`.mcp.json`), in the words that
 * such files have: `health_endpoint` and `transport`. A path of MCP that these words cannot say is left for people.
 */
export function planEntries(text: string, registry: Registry, proven: readonly ProvenHealth[]): Proposal[] {
  return proven.flatMap((one) => {
    const place = registry.servers.get(one.name)?.launch?.place;
    const fields = fieldsOf(one);
    const map = place === undefined ? undefined : entryAt(text, offsetOf(text, place));
    if (fields === undefined || map === undefined) return [];
    const why = reasonOf(one);
    return editsOf(text, map, fields).map((edit) => ({
      ...{ file: registry.file, place: placeOf(text, edit.from), server: one.name, why },
      ...edit,
    }));
  });
}

type Fields = readonly (readonly [string, string])[];

/** @returns undefined where the entry has no words for it */
function fieldsOf({ declared, proven }: ProvenHealth): Fields | undefined {
  if (declared.http !== undefined && proven.http === undefined) return undefined;
  const http: Fields =
    proven.http === undefined || proven.http === declared.http ? [] : [['health_endpoint', proven.http]];
  const transport = transportOf(proven);
  if (transport === undefined) return undefined;
  return transport === transportOf(declared) ? http : [['transport', transport], ...http];
}

const transportOf = ({ mcp, sse, stdio }: HealthSpec): string | undefined => {
  if (stdio === true) return 'stdio';
  if (mcp === '/mcp') return 'http';
  return sse === '/sse' ? 'sse' : undefined;
};

/** The map of an entry: behind the key that stands at the offset, or, in a list, there itself. */
function entryAt(text: string, offset: number): YAMLMap | undefined {
  let found: YAMLMap | undefined;
  visit(parseDocument(withoutComments(text)), {
    Map(_key, node) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.range?.[0] === offset);
      if (pair !== undefined && isMap(pair.value)) found = pair.value;
      else if (node.range?.[0] === offset) found = node;
      return found === undefined ? undefined : visit.BREAK;
    },
  });
  return found;
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** What is there is replaced in its quotes; what is not is put behind the last field, in the form of the others. */
function editsOf(text: string, map: YAMLMap, fields: Fields): Edit[] {
  const replaced = fields.flatMap(([key, value]): Edit[] => {
    const old = map.get(key, true);
    const [from, to] = (isScalar(old) ? old.range : undefined) ?? [];
    if (from === undefined || to === undefined) return [];
    return [{ from, to, text: inItsQuotes(text.slice(from, to), value) }];
  });
  const added = fields.filter(([key]) => !map.has(key));
  const first = map.items[0];
  const last = map.items.at(-1);
  const begin = isScalar(first?.key) ? first.key.range?.[0] : undefined;
  const lastKey = isScalar(last?.key) ? last.key.range?.[0] : undefined;
  const end = (last?.value as { range?: readonly number[] } | null | undefined)?.range?.[1];
  if (added.length === 0 || begin === undefined || lastKey === undefined || end === undefined)
    return replaced;
  const quote = text[begin] === '"' ? '"' : '';
  const lineStart = text.lastIndexOf('\n', lastKey - 1) + 1;
  const indent = text.slice(lineStart, lastKey);
  const isOwnLine = /^\s*$/.test(indent);
  const ending = text.includes('\r\n') ? '\r\n' : '\n';
  const separator = `${map.flow === true ? ',' : ''}${isOwnLine ? `${ending}${indent}` : ' '}`;
  const put = added
    .map(([key, value]) => `${separator}${quote}${key}${quote}: ${quote}${value}${quote}`)
    .join('');
  return [...replaced, { from: end, to: end, text: put }];
}
