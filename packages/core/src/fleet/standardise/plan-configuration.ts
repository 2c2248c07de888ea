import { isMap, isScalar, parseDocument } from 'yaml';
import type { Document, Pair, YAMLMap } from 'yaml';

import { commandPorts } from '../command-ports.ts';
import type { CommandPort } from '../command-ports.ts';
import type { HealthSpec, ServerSpec } from '../server-spec.ts';
import { placeOf, scalarAfter } from './proposal.ts';
import type { Proposal, Span } from './proposal.ts';

/** A configuration's text, what it is called, and the environment that is meant. */
export interface ConfigurationText {
  readonly file: string;
  readonly text: string;
  readonly environment: string;
}

/**
 * Corrects the arguments of commands that name another port than the fleet gives: the fleet's own is the one that is
 * asked, so a server that listens elsewhere can never become healthy.
 */
export function planCommands(source: ConfigurationText, servers: readonly ServerSpec[]): Proposal[] {
  const { file, text } = source;
  return servers.flatMap((server) => {
    const { name, port } = server;
    const map = serverMap(source, name, 'command');
    if (port === undefined || map === undefined) return [];
    return commandPorts(server)
      .filter((found) => found.port !== port)
      .flatMap(({ where, port: wrong, from }) => {
        const span = wrongPort(text, map, { where, wrong, from });
        if (span === undefined) return [];
        const why = `the command of "${name}" says ${where}, and the fleet gives it port ${port}`;
        const put = span.source.replace(String(wrong), String(port));
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

/** A word of a list, or a part of a command that is one text; never anything outside of the server's own map. */
function wrongPort(
  text: string,
  map: YAMLMap,
  { where, wrong, from: origin }: { where: string; wrong: number; from: CommandPort['from'] },
): Span | undefined {
  const [begin, end] = rangeOf(map) ?? [0, 0];
  const word = where.includes(' ') || origin === 'environment' ? String(wrong) : where;
  const span = scalarAfter(text, begin, word);
  if (span !== undefined && span.to <= end) return span;
  const [from = 0, to = 0] = rangeOf(map.get('command', true)) ?? [];
  const at = text.slice(from, to).indexOf(where);
  const isWhole = at >= 0 && !/^\d/.test(text.slice(from + at + where.length));
  if (!isWhole || text.slice(from, to).lastIndexOf(where) !== at) return undefined;
  return { from: from + at, to: from + at + where.length, source: where };
}

/** How a server was seen to be healthy, where the configuration says something else or less. */
export interface ProvenHealth {
  readonly name: string;
  readonly declared: HealthSpec;
  readonly proven: HealthSpec;
}

/**
 * Writes proven health to its servers, in the form that the server's own map has. What cannot be written without
 * losing something (a value that reads a variable, an alias) is left for people.
 */
export function planHealth(source: ConfigurationText, proven: readonly ProvenHealth[]): Proposal[] {
  const { file, text } = source;
  return proven.flatMap((one) => {
    const map = serverMap(source, one.name, 'health');
    const edit = map === undefined ? undefined : editHealth(text, map, one);
    if (edit === undefined) return [];
    const { name } = one;
    return [{ file, place: placeOf(text, edit.from), server: name, why: reasonOf(one), ...edit }];
  });
}

const words = (health: HealthSpec) =>
  Object.entries(health)
    .map(([key, value]) => (value === true ? key : `${key} ${String(value)}`))
    .join(', ');

const isKept = ({ declared, proven }: ProvenHealth) =>
  Object.entries(declared).every(([key, value]) => proven[key as keyof HealthSpec] === value);

/** @returns what the proof of a server's health has shown, for people. */
export const reasonOf = (one: ProvenHealth): string =>
  isKept(one)
    ? `"${one.name}" answers at ${one.proven.http ?? ''}: declared, it is part of the proof that it is healthy`
    : `"${one.name}" does not become healthy as declared (${words(one.declared)}), and does with ${words(one.proven)}`;

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function editHealth(text: string, map: YAMLMap, one: ProvenHealth): Edit | undefined {
  const old = map.get('health', true);
  const { http } = one.proven;
  if (isMap(old) && old.items.length > 0 && isKept(one) && http !== undefined)
    return addKey(text, old, { key: 'http', value: scalar(http) });
  const value = `{ ${Object.entries(one.proven)
    .map(([key, path]) => `${key}: ${scalar(path)}`)
    .join(', ')} }`;
  if (!map.has('health')) return addKey(text, map, { key: 'health', value });
  const range = rangeOf(old);
  // A map of lines ends where the next key begins: only what stands on one line is replaced as a whole.
  if (!isMap(old) || old.flow !== true || range === undefined) return undefined;
  return text.slice(...range).includes('$') ? undefined : { from: range[0], to: range[1], text: value };
}

const scalar = (value: string | true): string =>
  value === true || /^[\w/.-]+$/.test(value) ? String(value) : JSON.stringify(value).replaceAll('$', '$$$$');

/** The server's own map: what the environment says of a key wins, so that is where it is corrected. */
function serverMap({ text, environment }: ConfigurationText, name: string, key: string): YAMLMap | undefined {
  const document = parseDocument(text);
  const ofEnvironment = mapAt(document, ['environments', environment, 'mcp', 'servers', name]);
  const own = mapAt(document, ['mcp', 'servers', name]);
  return ofEnvironment?.has(key) === true ? ofEnvironment : (own ?? ofEnvironment);
}

function mapAt(document: Document, path: readonly string[]): YAMLMap | undefined {
  const node = document.getIn(path, true);
  return isMap(node) ? node : undefined;
}

function rangeOf(node: unknown): [number, number] | undefined {
  const { range } = (node ?? {}) as { range?: readonly [number, number, number] | null };
  return range === undefined || range === null ? undefined : [range[0], range[1]];
}

/** The smallest change of the text that gives a map this key; a block map gets a line, a flow map a part. */
function addKey(
  text: string,
  map: YAMLMap,
  { key, value }: { readonly key: string; readonly value: string },
): Edit | undefined {
  const first = rangeOf(map.items[0]?.key)?.[0];
  if (first === undefined) return undefined;
  if (map.flow === true) {
    const end = rangeOf(map.items.at(-1)?.value)?.[1];
    return end === undefined ? undefined : { from: end, to: end, text: `, ${key}: ${value}` };
  }
  const indent = ' '.repeat(first - (text.lastIndexOf('\n', first - 1) + 1));
  const before = map.items.findLast((pair) => isOneLine(text, pair));
  const end = rangeOf(before?.value)?.[1];
  if (end === undefined) return { from: first, to: first, text: `${key}: ${value}\n${indent}` };
  // After the comment, which belongs to its line.
  const newline = text.indexOf('\n', end);
  const from = newline < 0 ? text.length : text[newline - 1] === '\r' ? newline - 1 : newline;
  const ending = text[from] === '\r' ? '\r\n' : '\n';
  return { from, to: from, text: `${ending}${indent}${key}: ${value}` };
}

/** Where the lines of a block end depends on what follows it: nothing is put after one. */
function isOneLine(text: string, { key, value }: Pair): boolean {
  const from = rangeOf(key)?.[0];
  const to = rangeOf(value)?.[1];
  if (from === undefined || to === undefined) return false;
  const isBlock = isScalar(value) && (value.type === 'BLOCK_LITERAL' || value.type === 'BLOCK_FOLDED');
  return !isBlock && !text.slice(from, to).includes('\n');
}
