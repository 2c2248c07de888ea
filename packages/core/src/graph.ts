/** A graph of names: each with the names that it needs. */
export type Needs = ReadonlyMap<string, readonly string[]>;

/** @returns the members of one cycle in order (`a`, `b` for a -> b -> a), or undefined where there is none. */
export function findCycle(needs: Needs): readonly string[] | undefined {
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (name: string): readonly string[] | undefined => {
    if (trail.includes(name)) return trail.slice(trail.indexOf(name));
    if (done.has(name)) return undefined;
    trail.push(name);
    for (const need of needs.get(name) ?? []) {
      const cycle = visit(need);
      if (cycle !== undefined) return cycle;
    }
    trail.pop();
    done.add(name);
    return undefined;
  };
  for (const name of needs.keys()) {
    const cycle = visit(name);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** @returns every need that names nobody, as `[who, whom]`. */
export function danglingNeeds(needs: Needs): readonly (readonly [string, string])[] {
  return [...needs].flatMap(([name, list]) =>
    list.filter((need) => !needs.has(need)).map((need) => [name, need] as const),
  );
}

/**
 * Names in waves: each wave needs only names of the waves before it.
 * The graph must have no cycle and no dangling need.
 */
export function wavesOf(needs: Needs): readonly (readonly string[])[] {
  const level = new Map<string, number>();
  const levelOf = (name: string): number => {
    const known = level.get(name);
    if (known !== undefined) return known;
    const own = Math.max(-1, ...(needs.get(name) ?? []).map(levelOf)) + 1;
    level.set(name, own);
    return own;
  };
  const waves: string[][] = [];
  for (const name of needs.keys()) (waves[levelOf(name)] ??= []).push(name);
  return waves;
}
