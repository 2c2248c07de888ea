export type JsonPath = readonly (string | number)[];

/** @returns the path as people write it: `$.servers["a.b"][0]`. */
export function renderJsonPath(path: JsonPath): string {
  const parts = path.map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  return `$${parts.join('')}`;
}
