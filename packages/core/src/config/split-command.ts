import type { Located, LocatedMap } from './located.ts';

/**
 * Splits a command given as one string on spaces and quotes (contract, section 2); no other character is special.
 * Single and double quotes keep their content; a backslash keeps the next character outside single quotes.
 */
export function splitCommand(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let index = 0; index < command.length; index += 1) {
    const char = command.charAt(index);
    if (char === quote) quote = undefined;
    else if (quote === undefined && (char === '"' || char === "'")) {
      quote = char;
      word ??= '';
    } else if (char === '\\' && quote !== "'" && index + 1 < command.length) {
      index += 1;
      word = (word ?? '') + command.charAt(index);
    } else if (quote === undefined && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** The maps whose entries may have a `command` without a shell: the path of the map in the file. */
const HOLDERS = [['checks'], ['mcp', 'servers']] as const;

/** Splits every `command` of checks and servers before variables are read, so that no value can add words of its own. */
export function splitCommands(tree: LocatedMap): LocatedMap {
  return HOLDERS.reduce<LocatedMap>((whole, path) => updateAt(whole, path, splitEach), tree);
}

function splitEach(holder: LocatedMap): LocatedMap {
  return mapEntries(holder, (value) =>
    value.kind === 'map' ? updateEntry(value, 'command', asWords) : value,
  );
}

function asWords(value: Located): Located {
  if (value.kind !== 'scalar' || typeof value.value !== 'string') return value;
  const items = splitCommand(value.value).map((word): Located => ({ ...value, value: word }));
  return { kind: 'list', place: value.place, items };
}

function updateAt(
  map: LocatedMap,
  path: readonly string[],
  change: (map: LocatedMap) => LocatedMap,
): LocatedMap {
  const [key, ...rest] = path;
  if (key === undefined) return change(map);
  return updateEntry(map, key, (value) => (value.kind === 'map' ? updateAt(value, rest, change) : value));
}

function mapEntries(map: LocatedMap, change: (value: Located) => Located): LocatedMap {
  return {
    ...map,
    entries: new Map([...map.entries].map(([key, entry]) => [key, { ...entry, value: change(entry.value) }])),
  };
}

function updateEntry(map: LocatedMap, key: string, change: (value: Located) => Located): LocatedMap {
  const entry = map.entries.get(key);
  if (entry === undefined) return map;
  return { ...map, entries: new Map(map.entries).set(key, { ...entry, value: change(entry.value) }) };
}
