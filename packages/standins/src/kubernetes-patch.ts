type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Applies a patch as the API server does: a merge patch (RFC 7386), a strategic one (lists of named items are merged by
 * name), or a JSON patch (RFC 6902: `replace` and `add` of members).
 */
export function patched(object: unknown, patch: unknown, type: string): unknown {
  if (type.includes('json-patch+json')) return (patch as Operation[]).reduce(withOperation, object);
  return merged(object, patch, type.includes('strategic'));
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

function withOperation(object: unknown, { path, value }: Operation): unknown {
  const keys = path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const set = (part: unknown, [key, ...rest]: readonly string[]): unknown =>
    key === undefined ? value : { ...(part as Json), [key]: set((part as Json | undefined)?.[key], rest) };
  return set(object, keys);
}

function merged(base: unknown, patch: unknown, isStrategic: boolean): unknown {
  if (isStrategic && Array.isArray(base) && Array.isArray(patch) && patch.every(isNamed)) {
    const others = base.filter((item: Json) => !patch.some(({ name }) => name === item['name']));
    return [
      ...others,
      ...patch.map((item) =>
        merged(
          base.find((one: Json) => one['name'] === item.name),
          item,
          true,
        ),
      ),
    ];
  }
  if (!isMap(patch)) return patch;
  const result: Json = isMap(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    result[key] = value === null ? undefined : merged(result[key], value, isStrategic);
  }
  return result;
}

const isNamed = (item: unknown): item is Json & { name: string } =>
  isMap(item) && typeof item['name'] === 'string';
