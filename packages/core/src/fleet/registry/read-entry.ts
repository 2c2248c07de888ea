import type { Located, LocatedMap, Place } from '../../config/located.ts';
import { toPlain } from '../../config/located.ts';
import { splitCommand } from '../../config/split-command.ts';
import { didYouMean } from '../../nearest-name.ts';
import { meantField } from '../standardise/misspelled.ts';
import { isPortField, listedPorts, portField } from './port-fields.ts';
import type { Launch } from './registry.ts';

/** Keys that make a map the entry of a server, and no category of servers. */
const ENTRY_KEYS = ['port', 'command', 'url', 'health_port', 'serverUrl', 'httpUrl'];

/** Keys that entries have in the wild; what they describe beside ports and commands is not ours to judge. */
const KNOWN_KEYS = [
  ...ENTRY_KEYS,
  ...[
    'name',
    'server',
    'service',
    'id',
    'description',
    'comment',
    'args',
    'env',
    'envFile',
    'cwd',
    'type',
    'transport',
  ],
  ...[
    'headers',
    'host',
    'ip',
    'priority',
    'category',
    'capabilities',
    'replicas',
    'gpu',
    'resources',
    'status',
    'tier',
  ],
  ...[
    'health',
    'health_endpoint',
    'health_check',
    'healthCheck',
    'endpoint',
    'performance',
    'monitoring',
    'metrics_port',
  ],
  ...[
    'httpUrl',
    'ports',
    'expose',
    'build',
    'restart',
    'volumes',
    'networks',
    'environment',
    'healthcheck',
    'implementation_phase',
    'business_value',
    'systemd_service',
    'strategic',
    'disabled',
    'enabled',
    'autoApprove',
  ],
  ...[
    'alwaysAllow',
    'timeout',
    'tags',
    'version',
    'needs',
    'depends_on',
    'dependencies',
    'image',
    'tools',
    'critical',
  ],
];

const PRIORITY_WORDS: Readonly<Record<string, number>> = {
  critical: 1,
  high: 2,
  medium: 3,
  normal: 3,
  low: 4,
};

const valueAt = (map: LocatedMap, key: string) => map.entries.get(key)?.value;

const isPlain = (map: LocatedMap, key: string) => {
  const value = valueAt(map, key);
  return value !== undefined && value.kind !== 'map';
};

/** @returns true where the map is a server's entry by its own keys, also where the one that says so is misspelled. */
export const isEntry = (map: LocatedMap): boolean =>
  ENTRY_KEYS.some((key) => isPlain(map, key)) ||
  isStartedEntry(map) ||
  listedPorts(valueAt(map, 'ports')).length > 0 ||
  [...map.entries.keys()].some((key) => isSlip(map, key));

/** @returns true where it has a port or a command: what only has an address may be anything. */
export const isStartedEntry = (map: LocatedMap): boolean =>
  portField(map) !== undefined || isPlain(map, 'command') || commandMap(map) !== undefined;

/** Fields that only a server's entry has, beside which a misspelled one is no server of a category. */
const OF_ENTRIES = ['args', 'env', 'cwd', 'replicas', 'priority', 'transport', 'capabilities', 'host', 'gpu'];

function isSlip(map: LocatedMap, key: string): boolean {
  const keys = [...map.entries.keys()];
  const meant = meantField(key, keys);
  if (meant === 'command') return isPlain(map, key);
  const value = valueAt(map, key);
  if (meant !== 'port' || value?.kind !== 'scalar' || typeof value.value !== 'number') return false;
  // `post` is one letter from `port`, and may be a server; `prot` is none.
  return (
    [...key.toLowerCase()].sort().join('') === 'oprt' || OF_ENTRIES.some((field) => keys.includes(field))
  );
}

/** An older form of editors: `"command": {"path": "node", "args": [], "env": {}}`. */
function commandMap(map: LocatedMap): LocatedMap | undefined {
  const command = valueAt(map, 'command');
  return command?.kind === 'map' && textAt(command, 'path') !== '' ? command : undefined;
}

/** @returns the text at a key; numbers become text; empty where there is none. */
export function textAt(map: LocatedMap, ...keys: readonly string[]): string {
  for (const key of keys) {
    const value = valueAt(map, key);
    if (value?.kind === 'scalar' && value.value !== null) return String(value.value);
  }
  return '';
}

/** @returns the names in a list, or in one text. */
export function namesAt(map: LocatedMap, ...keys: readonly string[]): readonly string[] {
  return keys.flatMap((key) => namesOf(valueAt(map, key)));
}

/** @returns the texts of a list of names, or the keys of a map of them. */
export function namesOf(node: Located | undefined): readonly string[] {
  if (node?.kind === 'scalar') return typeof node.value === 'string' ? [node.value] : [];
  // As compose has it: {"memory": {"condition": "service_healthy"}}.
  if (node?.kind === 'map') return [...node.entries.keys()];
  if (node?.kind !== 'list') return [];
  return node.items.flatMap((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' ? [item.value] : [],
  );
}

/** @returns the priority as a number, smaller first; undefined where there is none. */
export function priorityOf(map: LocatedMap): number | undefined {
  const text = textAt(map, 'priority').toLowerCase();
  return PRIORITY_WORDS[text] ?? (/^\d+$/.test(text) ? Number(text) : undefined);
}

function transportOf(map: LocatedMap): Launch['transport'] {
  const word = textAt(map, 'transport', 'type').toLowerCase();
  if (word === 'sse' || word === 'stdio') return word;
  return word.includes('http') ? 'http' : '';
}

function commandWords(map: LocatedMap): readonly string[] {
  const inner = commandMap(map);
  if (inner !== undefined) return [textAt(inner, 'path'), ...argumentsOf(inner)];
  const command = valueAt(map, 'command');
  const args = valueAt(map, 'args');
  const own =
    command?.kind === 'list' ? (toPlain(command) as unknown[]).map(String) : [textAt(map, 'command')];
  // An editor's `command` is one program with a path that may hold spaces; only without `args` can it be a line.
  const words = args === undefined && own.length === 1 ? splitCommand(own[0] ?? '') : own;
  return [...words, ...argumentsOf(map)];
}

function argumentsOf(map: LocatedMap): readonly string[] {
  const args = valueAt(map, 'args');
  return args?.kind === 'list' ? (toPlain(args) as unknown[]).map(String) : [];
}

/** @returns how the entry starts its server; undefined where it has no command or is switched off. */
export function launchOf(map: LocatedMap, place: Place): Launch | undefined {
  const [program, ...args] = commandWords(map);
  if (program === undefined || program === '' || textAt(map, 'disabled') === 'true') return undefined;
  const env = valueAt(commandMap(map) ?? map, 'env') ?? valueAt(map, 'env') ?? valueAt(map, 'environment');
  const entries = env?.kind === 'map' ? [...env.entries] : [];
  return {
    command: [program, ...args],
    env: Object.fromEntries(entries.map(([name, { value }]) => [name, textOf(value)])),
    directory: textAt(map, 'cwd'),
    transport: transportOf(map),
    healthEndpoint: textAt(map, 'health_endpoint', 'healthEndpoint', 'health'),
    place,
    faults: faultsOf(map),
  };
}

/** What would be left out of a command, or of its environment, without a word. */
function faultsOf(map: LocatedMap): Launch['faults'] {
  const args = valueAt(map, 'args');
  const env = valueAt(map, 'env');
  const isWord = (node: Located) => node.kind === 'scalar' && node.value !== null;
  const faultOf = (node: Located | undefined, isWell: boolean, message: string) =>
    node === undefined || isWell ? [] : [{ message, place: node.place }];
  const members = env?.kind === 'map' ? [...env.entries] : [];
  return [
    ...faultOf(args, args?.kind === 'list' && args.items.every(isWord), '"args": expected a list of texts'),
    ...faultOf(env, env?.kind === 'map', '"env": expected a map of names and texts'),
    ...members.flatMap(([name, { value }]) =>
      faultOf(value, value.kind === 'scalar', `"env.${name}": expected a text`),
    ),
  ];
}

const textOf = (node: Located) => (node.kind === 'scalar' && node.value !== null ? String(node.value) : '');

/** @returns the keys of an entry that no registry has had until now, each with the nearest known one. */
export function unknownKeys(map: LocatedMap): readonly { key: string; message: string; place: Place }[] {
  return [...map.entries]
    .filter(([key]) => !KNOWN_KEYS.includes(key) && !isComment(key))
    .map(([key, { key: place }]) => ({
      key,
      message: `unknown field "${key}"${isPortField(key) ? ', read as "port"' : didYouMean(key, KNOWN_KEYS)}`,
      place,
    }));
}

/** Keys whose text is for people. */
export const isComment = (key: string) => /^(?:[_$#]|\/\/|comment|description|note)/i.test(key);

/** A name in a list of an entry, where it stands: below these keys of the entry. */
interface StatedName {
  readonly name: string;
  readonly keys: readonly (string | number)[];
  readonly place: Place;
}

/** @returns what an entry says that it needs, each name with its own place. */
export function statedNeeds(map: LocatedMap, ...fields: readonly string[]): readonly StatedName[] {
  return fields.flatMap((field): StatedName[] => {
    const value = valueAt(map, field);
    if (value?.kind === 'map')
      return [...value.entries].map(([name, { key }]) => ({ name, keys: [field, name], place: key }));
    const items = value?.kind === 'list' ? value.items : value === undefined ? [] : [value];
    return items.flatMap((item, index): StatedName[] => {
      if (item.kind !== 'scalar' || typeof item.value !== 'string') return [];
      const keys = value?.kind === 'list' ? [field, index] : [field];
      return [{ name: item.value, keys, place: item.place }];
    });
  });
}
