import type { Category, ReportItem } from '../report/envelope.ts';

/** What folding knows of a check beside its item. */
export interface CheckRelations {
  readonly needs: readonly string[];
  /** The host that the check speaks to, where it has one. */
  readonly host: string | undefined;
}

export type Relations = ReadonlyMap<string, CheckRelations>;

/** The item's own finding, kept where it is folded: so that nobody takes it for a check that was never run. */
export interface OwnFinding {
  readonly status: ReportItem['status'];
  readonly category: Category | null;
  readonly message: string;
}

const hasFailed = (item: ReportItem) => item.status === 'failure';

/** A failed lookup explains these: nothing of them can work without the address. */
const EXPLAINED_BY_DNS: ReadonlySet<Category> = new Set(['dns', 'refused', 'timeout', 'tls', 'server-error']);

/** @returns for each host whose name does not resolve, the check that is its root: a `dns` check before others. */
function unresolvedHosts(items: readonly ReportItem[], relations: Relations): ReadonlyMap<string, string> {
  const roots = new Map<string, string>();
  const lookups = items.filter((item) => hasFailed(item) && item.category === 'dns');
  for (const item of [...lookups.filter(({ kind }) => kind === 'dns'), ...lookups]) {
    const host = relations.get(item.name)?.host;
    if (host !== undefined && !roots.has(host)) roots.set(host, item.name);
  }
  return roots;
}

/**
 * Folds checks under their root causes: a failed need folds a check (contract, section 4), and a name that does not
 * resolve explains every failed check on that host. A chain of needs ends at its first cause. A folded check is
 * `skipped`; what it found itself stays in `details.own`.
 *
 * @param relations must have no cycle of needs (the configuration's check sees to it)
 */
export function foldItems(items: readonly ReportItem[], relations: Relations): readonly ReportItem[] {
  const byName = new Map(items.map((item) => [item.name, item]));
  const hosts = unresolvedHosts(items, relations);
  const roots = new Map<string, string | undefined>();
  const rootOf = (name: string): string | undefined => {
    if (roots.has(name)) return roots.get(name);
    roots.set(name, undefined);
    const root = needRoot(name) ?? hostRoot(name);
    roots.set(name, root);
    return root;
  };
  const needRoot = (name: string): string | undefined => {
    for (const need of relations.get(name)?.needs ?? []) {
      const item = byName.get(need);
      if (item === undefined) continue;
      const root = rootOf(need);
      if (root !== undefined || hasFailed(item)) return root ?? need;
    }
    return undefined;
  };
  const hostRoot = (name: string): string | undefined => {
    const item = byName.get(name);
    if (item === undefined || !hasFailed(item) || item.category === null) return undefined;
    const root = hosts.get(relations.get(name)?.host ?? '');
    if (root === undefined || !EXPLAINED_BY_DNS.has(item.category)) return undefined;
    return rootOf(root) ?? root;
  };
  return items.map((item) => {
    const root = rootOf(item.name);
    return root === undefined || root === item.name ? item : folded(item, root);
  });
}

function folded(item: ReportItem, root: string): ReportItem {
  const own: OwnFinding = { status: item.status, category: item.category, message: item.message };
  return {
    ...item,
    status: 'skipped',
    message: item.status === 'success' ? `not counted: it needs ${root}, which failed` : item.message,
    hint: `see to ${root} first`,
    foldedUnder: root,
    details: { ...item.details, own },
  };
}

/** @returns true where a check failed by itself, also where it is folded under another. */
export function hasOwnFailure(item: ReportItem): boolean {
  if (hasFailed(item)) return true;
  const own = item.details['own'];
  return (
    item.foldedUnder !== null &&
    typeof own === 'object' &&
    own !== null &&
    'status' in own &&
    own.status === 'failure'
  );
}
