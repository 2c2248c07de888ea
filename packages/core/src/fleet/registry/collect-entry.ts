import type { LocatedMap } from '../../config/located.ts';
import { parseAddress } from './address.ts';
import type { Collector, Spot } from './collector.ts';
import { renderJsonPath } from './json-path.ts';
import { listedPorts, portField } from './port-fields.ts';
import { launchOf, namesAt, priorityOf, statedNeeds, textAt, unknownKeys } from './read-entry.ts';

interface Entry {
  readonly name: string;
  readonly map: LocatedMap;
}

/** Reads the entry of one server: its ports, and how it is started. */
export function collectEntry({ name, map }: Entry, spot: Spot, into: Collector): void {
  into.names.add(name);
  const here = {
    ...spot,
    host: textAt(map, 'ip', 'host') || parseAddress(textAt(map, 'endpoint'))?.host || spot.host,
  };
  collectPorts({ name, map }, here, into);
  const launch = launchOf(map, spot.place);
  for (const { message, place } of launch?.faults ?? [])
    into.report({ ...spot, place }, { rule: 'unreadable-value', message, server: name });
  into.entries.push({
    name,
    launch,
    url: textAt(map, 'url', 'serverUrl', 'httpUrl'),
    priority: priorityOf(map),
    needs: namesAt(map, 'needs', 'depends_on', 'dependencies'),
    stated: statedNeeds(map, 'needs', 'depends_on').map(({ name: need, place }) => ({ name: need, place })),
  });
  for (const { name: need, keys, place } of statedNeeds(map, 'needs', 'depends_on', 'dependencies')) {
    const list = renderJsonPath([...spot.path, ...keys.slice(0, 1)]);
    const path = renderJsonPath([...spot.path, ...keys]);
    into.references.push({ name: need, list, path, place, kind: 'named' });
  }
  for (const { key, message, place } of unknownKeys(map)) {
    into.report({ ...at(here, key), place }, { rule: 'unknown-field', message, server: name });
  }
}

const at = (spot: Spot, ...keys: readonly string[]): Spot => ({ ...spot, path: [...spot.path, ...keys] });

function collectPorts({ name, map }: Entry, spot: Spot, into: Collector): void {
  const field = portField(map);
  const own = numberAt(map, field ?? '');
  const fromEnvironment = numberAt(childMap(map, 'env'), 'PORT');
  if (field !== undefined) {
    const here = placed(map, spot, field);
    if (own !== undefined) into.claim(here, name, { port: own, written: textAt(map, field) });
    if (isTextOfNumber(map, field)) {
      const message = `the port of "${name}" is text, not a number`;
      into.report(here, { rule: 'unreadable-value', message, server: name });
    } else if (textAt(map, field) === '') {
      const message = `the port of "${name}" is empty`;
      into.report(here, { rule: 'unreadable-value', message, server: name });
    }
  } else {
    for (const { port, role, keys, node } of listedPorts(map.entries.get('ports')?.value)) {
      const path = [...at(spot, 'ports').path, ...keys];
      into.claim({ ...spot, path, place: node.place }, name, { port, role });
    }
  }
  if (fromEnvironment !== undefined) {
    into.claim(placed(childMap(map, 'env'), at(spot, 'env'), 'PORT'), name, { port: fromEnvironment });
  }
  for (const key of ['endpoint', 'url', 'serverUrl', 'httpUrl']) {
    const address = parseAddress(textAt(map, key));
    if (address !== undefined)
      into.claim({ ...placed(map, spot, key), host: address.host }, name, { port: address.port });
  }
  const health = numberAt(map, 'health_port');
  if (health !== undefined)
    into.claim(placed(map, spot, 'health_port'), name, { port: health, role: 'health' });
  const metrics = numberAt(childMap(map, 'monitoring'), 'metrics_port') ?? numberAt(map, 'metrics_port');
  if (metrics !== undefined) into.claim(at(spot, 'metrics_port'), name, { port: metrics, role: 'metrics' });
}

/** The spot of a key inside the entry, with the key's own place. */
function placed(map: LocatedMap | undefined, spot: Spot, key: string): Spot {
  return { ...at(spot, key), place: map?.entries.get(key)?.key ?? spot.place };
}

function childMap(map: LocatedMap, key: string): LocatedMap | undefined {
  const value = map.entries.get(key)?.value;
  return value?.kind === 'map' ? value : undefined;
}

/** `"9000"`: it is read, and said. */
function isTextOfNumber(map: LocatedMap, key: string): boolean {
  const value = map.entries.get(key)?.value;
  return value?.kind === 'scalar' && typeof value.value === 'string' && /^\s*\d+\s*$/.test(value.value);
}

/** @returns a number, also one that stands there as text; NaN for text that is none and no reference. */
function numberAt(map: LocatedMap | undefined, key: string): number | undefined {
  const value = map?.entries.get(key)?.value;
  if (value?.kind !== 'scalar' || value.value === null) return undefined;
  if (typeof value.value === 'string' && value.value.includes('${')) return undefined;
  return Number(value.value);
}
