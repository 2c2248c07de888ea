import type { Located, LocatedList, LocatedMap } from '../../config/located.ts';
import { parseAddress } from './address.ts';
import { collectEntry } from './collect-entry.ts';
import { Collector } from './collector.ts';
import type { NameReference, Spot } from './collector.ts';
import { renderJsonPath } from './json-path.ts';
import { parseRanges } from './ranges.ts';
import { isComment, isEntry, namesOf, textAt } from './read-entry.ts';

/** Keys below which numbers are ports: `servers`, `mcpServers`, `port_allocation`, `active_servers`, `services`, ... */
const HOLDER =
  /^(?:mcp_?)?(?:servers?|services?|ports?|port_?(?:allocations?|assignments?|map|registry))$|[_a-z](?:servers|services|ports|Servers|Services|Ports|service_registry)$/;
const REMOVED = /^(?:removed|deprecated|eliminated|retired|deleted|legacy)/i;
const NAME_LIST = /(?:servers|services|order|needs|depends_on|requires)$/i;
const NEEDS = /^(?:dependencies|depends_on|needs|requires)$/i;
const RANGES = /(?:^|_)(?:port_?)?ranges?$/i;
/** Numbers at the top of a file that are no ports. */
const SETTING =
  /version|interval|timeout|retr|count|size|limit|replicas|offset|delay|total|max|min|_ms$|seconds|ttl/i;
/** Below this a number at the top of a file is a count or a version: lower ports need rights (RFC 6335). */
const FIRST_USER_PORT = 1024;
/** Texts in a holder that describe and give no port. */
const DESCRIPTIVE = /version|updated|date|type|status|role|name|title|source|ip$|host$/i;

/** Walks over a registry of any shape. @returns all that it says about servers, in the order of the file */
export function walkRegistry(tree: LocatedMap): Collector {
  const into = new Collector();
  const { place } = tree;
  const top = {
    path: [],
    place,
    key: '',
    holder: false,
    group: '',
    host: '',
    environment: '',
    range: undefined,
  };
  walkMap(tree, top, into);
  return into;
}

function walk(node: Located, spot: Spot, into: Collector): void {
  if (node.kind === 'list') walkList(node, spot, into);
  else if (node.kind === 'map' && NEEDS.test(spot.key)) collectNeeds(node, spot, into);
  else if (node.kind === 'map') walkMap(node, spot, into);
}

function walkMap(map: LocatedMap, spot: Spot, into: Collector): void {
  const own = map.entries.get('range')?.value;
  const [range] = own === undefined ? [] : (parseRanges(spot.key, own) ?? []);
  if (range !== undefined) into.ranges.push(range);
  const inside = { ...spot, host: textAt(map, 'ip', 'host') || spot.host, range: range ?? spot.range };
  for (const [key, { key: place, value }] of map.entries) {
    if (isComment(key) || key === 'range') continue;
    const member = { ...inside, path: [...spot.path, key], key, place };
    if (RANGES.test(key)) collectRanges(value, member, into);
    else if (!isAttribute(value, map)) walkMember(value, member, into);
  }
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
  const isTop = spot.path.length === 1;
  if (value.kind === 'map' && isEntry(value) && (spot.holder || isTop)) {
    collectEntry({ name: key, map: value }, spot, into);
  } else if (value.kind === 'scalar') {
    if (spot.holder || (isTop && isTopLevelPort(key, value.value))) collectScalar(value.value, spot, into);
  } else {
    const names = HOLDER.test(key);
    const environment = spot.path.at(-2) === 'environments' ? key : spot.environment;
    const group = names ? spot.group : key;
    walk(value, { ...spot, holder: names || spot.holder, group, environment }, into);
  }
}

const isTopLevelPort = (key: string, value: unknown) =>
  typeof value === 'number' && value >= FIRST_USER_PORT && !SETTING.test(key);

function collectScalar(value: string | number | boolean | null, spot: Spot, into: Collector): void {
  const name = spot.key;
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
  } else if (!DESCRIPTIVE.test(name)) {
    const message = `"${name}": expected a port, an entry with one, or an address`;
    into.report(spot, { rule: 'unreadable-value', message, server: name });
  }
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
    if (value.kind === 'list') collectNames(value, inside, into);
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
