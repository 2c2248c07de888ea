import type { Call, Reply } from './reply.ts';

/** One operation of a service: a method, a path pattern and what it answers. */
export type Route = {
  readonly method: string;
  readonly match: (path: string) => Record<string, string> | undefined;
  readonly handle: (call: Call) => Reply | Promise<Reply>;
  /** True: the service answers this without credentials. */
  readonly public: boolean;
};

/**
 * A route that asks for credentials. In `pattern`, `{name}` is one path segment and `{name+}` one or
 * more (a git ref, a file path); both are URL-decoded. The method `*` is any.
 */
export function route(method: string, pattern: string, handle: Route['handle']): Route {
  return { method, match: matcher(pattern), handle, public: false };
}

/** A route that asks for no credentials. */
export function publicRoute(method: string, pattern: string, handle: Route['handle']): Route {
  return { ...route(method, pattern, handle), public: true };
}

/** The first route that fits method and path, with its parameters; undefined if there is none. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } | undefined {
  for (const candidate of routes) {
    const fits = candidate.method === '*' || candidate.method === method;
    const params = fits ? candidate.match(path) : undefined;
    if (params !== undefined) return { route: candidate, params };
  }
  return undefined;
}

function matcher(pattern: string): Route['match'] {
  const names: string[] = [];
  const source = pattern.replace(
    /\{([\w]+)(\+?)\}|[.*+?^$()|[\]\\]/g,
    (found, name: string, many: string) => {
      if (name === undefined) return `\\${found}`;
      names.push(name);
      return many === '+' ? '(.+)' : '([^/]+)';
    },
  );
  const expression = new RegExp(`^${source}$`);
  return (path) => {
    const found = expression.exec(path);
    if (found === null) return undefined;
    return Object.fromEntries(names.map((name, index) => [name, decode(found[index + 1] ?? '')]));
  };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
