import type { Located, LocatedList, LocatedMap } from '../../config/located.ts';
import { parseAddress } from './address.ts';
import { collectEntry } from './collect-entry.ts';
import { Collector } from './collector.ts';
import type { NameReference, Spot } from './collector.ts';
import { renderJsonPath } from './json-path.ts';
import { environmentOf, isHolder, isPlainSetting, isSetting } from './keys.ts';
import { isPortField, listedPorts } from './port-fields.ts';
import { parseRanges } from './ranges.ts';
import { isComment, isEntry, isStartedEntry, namesOf, textAt } from './read-entry.ts';
import { LARGEST_PORT } from './registry.ts';

const REMOVED = /^(?:removed|deprecated|eliminated|retired|deleted|legacy)/i;
const NAME_LIST = /(?:servers|services|order|needs|depends_on|requires)$/i;
const NEEDS = /^(?:dependencies|depends_on|needs|requires)$/i;
const RANGES = /(?:^|_)(?:port_?)?ranges?$/i;
/** Below this a number that nobody calls a port is a count or a version: lower ports need rights (RFC 6335). */
const FIRST_USER_PORT = 1024;
/** Texts in a holder that describe and give no port. */
const DESCRIPTIVE = /version|updated|date|type|status|role|name|title|source|ip$|host$/i;

/**
 * Walks over a registry of any shape.
 *
 * @param holder `guessed`: what can be a port is one, also where no key says so
 * @returns all that it says about servers, in the order of the file
 */
export function walkRegistry(tree: Located, holder: 'none' | 'guessed'): Collector {
  const into = new Collector();
  const { place } = tree;
  const top: Spot = {
    path: [],
    place,
    key: '',
    holder,
    group: '',
    host: '',
    environment: '',
    range: undefined,
  };
  walk(tree, top, into);
  return into;
}

function walk(node: Located, spot: Spot, into: Collector): void {
  if (node.kind === 'list') walkList(node, spot, into);
  else if (node.kind === 'map' && NEEDS.test(spot.key)) collectNeeds(node, spot, into);
  else if (node.kind === 'map') walkMap(node, spot, into);
}

function walkMap(map: LocatedMap, spot: Spot, into: Collector): void {
  const own = map.entries.get('range')?.value;
  const ranges = own === undefined ? [] : parseRanges(spot.key, own);
  if (ranges === undefined) unreadableRange(spot.key, { ...spot, path: [...spot.path, 'range'] }, into);
  const [range] = ranges ?? [];
  if (range !== undefined) into.ranges.push(range);
  const inside = { ...spot, host: textAt(map, 'ip', 'host') || spot.host, range: range ?? spot.range };
  const areEnvironments = hasEnvironments(map);
  for (const [key, { key: place, value }] of map.entries) {
    if (isComment(key) || key === 'range') continue;
    const environment = areEnvironments ? environmentOf(key) || spot.environment : spot.environment;
    const member = { ...inside, path: [...spot.path, key], key, place, environment };
    if (RANGES.test(key)) collectRanges(value, member, into);
    else if (isInverted(key, value, spot)) collectInverted(value, member, into);
    else if (!isAttribute(value, map)) walkMember(value, member, into);
  }
}

/** Every map in it is named as an environment, and there are two at least: `{production: {...}, staging: {...}}`. */
function hasEnvironments({ entries }: LocatedMap): boolean {
  const maps = [...entries].filter(([key, { value }]) => value.kind === 'map' && !RANGES.test(key));
  return maps.length > 1 && maps.every(([key]) => environmentOf(key) !== '');
}

/** `{"9000": "memory"}`: the port is the key. */
const isInverted = (key: string, value: Located, { holder }: Spot) =>
  holder !== 'none' && /^\d+$/.test(key) && value.kind === 'scalar' && typeof value.value === 'string';

function collectInverted(value: Located, spot: Spot, into: Collector): void {
  if (value.kind === 'scalar') into.claim(spot, String(value.value), { port: Number(spot.key) });
}

/** Text beside nothing but text and maps describes a category; beside a number it stands where a port should. */
function isAttribute(value: Located, { entries }: LocatedMap): boolean {
  if (value.kind !== 'scalar' || typeof value.value !== 'string') return false;
  if (/^\d+$/.test(value.value) || parseAddress(value.value) !== undefined) return false;
  return ![...entries.values()].some(
    (other) => other.value.kind === 'scalar' && typeof other.value.value === 'number',
  );
}

function walkMember(value: Located, spot: Spot, into: Collector): void {
  const { key } = spot;
  if (value.kind === 'map' && isServer(value, spot)) collectEntry({ name: key, map: value }, spot, into);
  else if (value.kind === 'scalar') {
    if (isPortHere(key, value.value, spot)) collectScalar(value.value, spot, into);
  } else if (value.kind === 'list' && spot.holder === 'named' && isPortList(value)) {
    for (const { port, keys, node } of listedPorts(value)) {
      into.claim({ ...spot, path: [...spot.path, ...keys], place: node.place }, key, { port });
    }
  } else descend(value, spot, into);
}

const isTop = ({ path }: Spot) => path.length === 1;

/** Only among servers is a map with an address alone one of them: elsewhere it is a link, as in `package.json`. */
function isServer(map: LocatedMap, spot: Spot): boolean {
  if (spot.holder === 'named') return isEntry(map);
  return (isTop(spot) || spot.holder === 'guessed') && isStartedEntry(map) && !isHolder(spot.key);
}

const isPortList = (list: LocatedList) => list.items.length > 0 && listedPorts(list).length > 0;

/** Text in a file that says nowhere that something is a port is none; a number only where it can be one. */
function isPortHere(key: string, value: unknown, spot: Spot): boolean {
  if (spot.holder === 'named') return !(typeof value === 'number' && isPlainSetting(key));
  if (!isTop(spot) && spot.holder === 'none') return false;
  if (typeof value !== 'number' || isSetting(key) || isPortField(key)) return false;
  return value >= FIRST_USER_PORT && (spot.holder === 'none' || value <= LARGEST_PORT);
}

function descend(value: Located, spot: Spot, into: Collector): void {
  const { key } = spot;
  const names = isHolder(key);
  const environment = spot.path.at(-2) === 'environments' ? key : spot.environment;
  const group = names ? spot.group : key;
  const before = into.size;
  walk(value, { ...spot, holder: names ? 'named' : spot.holder, group, environment }, into);
  // A map among servers that says nothing of one may be a server in words that nobody knows.
  const isSilent = value.kind === 'map' && value.entries.size > 0 && into.size === before;
  if (isSilent && spot.holder === 'named') unreadable(spot, into);
}

function unreadable(spot: Spot, into: Collector): void {
  const message = `"${spot.key}": expected a port, an entry with one, or an address`;
  into.report(spot, { rule: 'unreadable-value', message, server: spot.key });
}

function collectScalar(value: string | number | boolean | null, spot: Spot, into: Collector): void {
  const name = spot.key;
  if (value === null || (spot.holder === 'named' && isPortField(name))) return unreadable(spot, into);
  if (typeof value === 'number') into.claim(spot, name, { port: value });
  if (typeof value !== 'string') return;
  const address = parseAddress(value);
  if (/^\d+$/.test(value.trim())) {
    into.claim(spot, name, { port: Number(value) });
    into.report(spot, {
      rule: 'unreadable-value',
      message: `the port of "${name}" is text, not a number`,
      server: name,
    });
  } else if (address !== undefined) {
    into.claim({ ...spot, host: address.host }, name, { port: address.port });
  } else if (!DESCRIPTIVE.test(name)) unreadable(spot, into);
}

function walkList(list: LocatedList, spot: Spot, into: Collector): void {
  const maps = list.items.flatMap((item, index) => (item.kind === 'map' ? [{ item, index }] : []));
  for (const { item, index } of maps) {
    const name = textAt(item, 'name', 'server', 'service', 'id');
    const inside = { ...spot, path: [...spot.path, index], place: item.place };
    if (name !== '' && isEntry(item)) collectEntry({ name, map: item }, inside, into);
    else walkMap(item, inside, into);
  }
  if (maps.length === 0) collectNames(list, spot, into);
}

function collectNames(list: LocatedList, spot: Spot, into: Collector): void {
  if (/order$/i.test(spot.key)) into.order.push(...namesOf(list));
  const kind = REMOVED.test(spot.key)
    ? 'removed'
    : NAME_LIST.test(spot.key) || insideNeeds(spot)
      ? 'named'
      : 'words';
  for (const [index, item] of list.items.entries()) {
    if (item.kind === 'scalar' && typeof item.value === 'string' && parseAddress(item.value) === undefined) {
      into.references.push(
        reference(item.value, { ...spot, path: [...spot.path, index], place: item.place }, kind),
      );
    }
  }
}

const insideNeeds = (spot: Spot) => NEEDS.test(String(spot.path.at(-2) ?? ''));

function reference(name: string, spot: Spot, kind: NameReference['kind']): NameReference {
  return {
    name,
    list: renderJsonPath(spot.path.slice(0, -1)),
    path: renderJsonPath(spot.path),
    place: spot.place,
    kind,
  };
}

function collectNeeds(map: LocatedMap, spot: Spot, into: Collector): void {
  for (const [name, { key: place, value }] of map.entries) {
    into.needs.set(name, namesOf(value));
    const inside: Spot = { ...spot, path: [...spot.path, name], key: name, place };
    if (value.kind !== 'list') continue;
    // Whoever is said to need something is a server as well.
    if (value.items.length > 0) into.references.push(reference(name, inside, 'named'));
    collectNames(value, inside, into);
  }
}

function collectRanges(node: Located, spot: Spot, into: Collector): void {
  const whole = parseRanges(spot.key, node);
  if (whole !== undefined) into.ranges.push(...whole);
  else if (node.kind === 'map') {
    for (const [name, { key: place, value }] of node.entries)
      collectRange(value, { ...spot, path: [...spot.path, name], key: name, place }, into);
  } else unreadableRange(spot.key, spot, into);
}

function collectRange(value: Located, spot: Spot, into: Collector): void {
  const ranges = parseRanges(spot.key, value);
  if (ranges !== undefined) into.ranges.push(...ranges);
  else if (!isComment(spot.key)) unreadableRange(spot.key, spot, into);
}

function unreadableRange(name: string, spot: Spot, into: Collector): void {
  const message = `the range "${name}": expected "from-to", [from, to] or {start, end}`;
  into.report(spot, { rule: 'unreadable-value', message, server: '' });
}
