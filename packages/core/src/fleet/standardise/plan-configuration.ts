import { isMap, isScalar, parseDocument } from 'yaml';
import type { Pair, YAMLMap } from 'yaml';

import { commandPorts } from '../command-ports.ts';
import type { HealthSpec, ServerSpec } from '../server-spec.ts';
import { placeOf, scalarAfter } from './proposal.ts';
import type { Proposal } from './proposal.ts';

/** A configuration's text and what it is called. */
export interface ConfigurationText {
  readonly file: string;
  readonly text: string;
}

/**
 * Corrects the arguments of commands that name another port than the fleet gives: the fleet's own is the one that is
 * asked, so a server that listens elsewhere can never become healthy.
 */
export function planCommands({ file, text }: ConfigurationText, servers: readonly ServerSpec[]): Proposal[] {
  return servers.flatMap((server) => {
    const { name, port } = server;
    const map = serverMap(text, name);
    const [begin] = rangeOf(map) ?? [];
    if (port === undefined || begin === undefined) return [];
    return commandPorts(server)
      .filter((found) => found.port !== port)
      .flatMap(({ where, port: wrong }) => {
        const word = where.includes(' ') ? String(wrong) : where.startsWith('PORT=') ? String(wrong) : where;
        const span = scalarAfter(text, begin, word);
        if (span === undefined) return [];
        const put = span.source.replace(String(wrong), String(port));
        const why = `the command of "${name}" says ${where}, and the fleet gives it port ${port}`;
        return [
          {
            file,
            place: placeOf(text, span.from),
            server: name,
            why,
            from: span.from,
            to: span.to,
            text: put,
          },
        ];
      });
  });
}

/** A health endpoint that a server was seen to answer, beside those that it declares. */
export interface ProvenHealth {
  readonly name: string;
  readonly declared: HealthSpec;
  /** Path that answered 2xx. */
  readonly http: string;
}

/** Writes proven health endpoints to their servers, in the form that the server's own map has. */
export function planHealth({ file, text }: ConfigurationText, proven: readonly ProvenHealth[]): Proposal[] {
  return proven.flatMap(({ name, declared, http }) => {
    const map = serverMap(text, name);
    if (map === undefined) return [];
    const value = `{ ${Object.entries({ ...declared, http })
      .map(([key, word]) => `${key}: ${String(word)}`)
      .join(', ')} }`;
    const edit = setKey(map, { text, key: 'health', value });
    if (edit === undefined) return [];
    const why = `"${name}" answers at ${http}: declared, it is part of the proof that it is healthy`;
    return [{ file, place: placeOf(text, edit.from), server: name, why, ...edit }];
  });
}

function serverMap(text: string, name: string): YAMLMap | undefined {
  const node = parseDocument(text).getIn(['mcp', 'servers', name], true);
  return isMap(node) ? node : undefined;
}

const keyOf = ({ key }: Pair) => (isScalar(key) ? String(key.value) : '');

function rangeOf(node: unknown): readonly [number, number] | undefined {
  const { range } = (node ?? {}) as { range?: readonly [number, number, number] | null };
  return range === undefined || range === null ? undefined : [range[0], range[1]];
}

/** The smallest change of the text that gives a map this key; a block map gets a line, a flow map a part. */
function setKey(
  map: YAMLMap,
  { text, key, value }: { readonly text: string; readonly key: string; readonly value: string },
): { from: number; to: number; text: string } | undefined {
  const there = map.items.find((pair) => keyOf(pair) === key);
  const old = rangeOf(there?.value);
  if (there !== undefined) return old === undefined ? undefined : { from: old[0], to: old[1], text: value };
  const last = map.items.at(-1);
  const end = rangeOf(last?.value)?.[1];
  const first = rangeOf(map.items[0]?.key)?.[0];
  if (end === undefined || first === undefined) return undefined;
  if (map.flow === true) return { from: end, to: end, text: `, ${key}: ${value}` };
  const indent = first - (text.lastIndexOf('\n', first - 1) + 1);
  return { from: end, to: end, text: `\n${' '.repeat(indent)}${key}: ${value}` };
}
