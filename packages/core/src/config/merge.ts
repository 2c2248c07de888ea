import type { Located, LocatedList, LocatedMap } from './located.ts';

/** Lists under these keys are merged by the `name` of their items (contract, section 2). */
const NAMED_LISTS = new Set(['phases', 'steps']);

/** Merges maps key by key, `phases` and `steps` by name; anything else the overlay replaces. */
export function mergeLocated(base: Located, overlay: Located, key = ''): Located {
  if (base.kind === 'map' && overlay.kind === 'map') return mergeMaps(base, overlay);
  if (base.kind === 'list' && overlay.kind === 'list' && NAMED_LISTS.has(key))
    return mergeByName(base, overlay);
  return overlay;
}

function mergeMaps(base: LocatedMap, overlay: LocatedMap): LocatedMap {
  const entries = new Map(base.entries);
  for (const [key, entry] of overlay.entries) {
    const under = entries.get(key);
    const value = under === undefined ? entry.value : mergeLocated(under.value, entry.value, key);
    entries.set(key, { key: entry.key, value });
  }
  return { ...overlay, entries };
}

function nameOf(item: Located): string | undefined {
  const name = item.kind === 'map' ? item.entries.get('name')?.value : undefined;
  return name?.kind === 'scalar' && typeof name.value === 'string' ? name.value : undefined;
}

function mergeByName(base: LocatedList, overlay: LocatedList): LocatedList {
  const items = [...base.items];
  for (const item of overlay.items) {
    const name = nameOf(item);
    const index = name === undefined ? -1 : items.findIndex((candidate) => nameOf(candidate) === name);
    const under = items[index];
    if (under === undefined) items.push(item);
    else items[index] = mergeLocated(under, item);
  }
  return { ...overlay, items };
}
