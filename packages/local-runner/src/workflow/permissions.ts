import type { FileReport, TemplateToken } from './tokens.ts';
import { entriesOf, isMapping, literalText } from './tokens.ts';

export type Level = 'none' | 'read' | 'write';

/** What a job's GITHUB_TOKEN may do, by scope; an absent scope is `none`. */
export type Permissions = Readonly<Record<string, Level>>;

const rank: Record<Level, number> = { none: 0, read: 1, write: 2 };

/** The scopes of GITHUB_TOKEN, for `read-all` and `write-all`; as in GitHub's workflow schema. */
const SCOPES = [
  'actions', 'artifact-metadata', 'attestations', 'checks', 'contents', 'deployments', 'discussions', 'id-token',
  'issues', 'models', 'packages', 'pages', 'pull-requests', 'repository-projects', 'security-events', 'statuses',
]; // prettier-ignore

/** What a token may do where no file says anything: GitHub's restricted default. */
export const DEFAULT_PERMISSIONS: Permissions = { contents: 'read', packages: 'read' };

const allAt = (level: Level): Permissions =>
  Object.fromEntries(
    SCOPES.map((scope) => [scope, scope === 'id-token' && level === 'read' ? 'none' : level]),
  );

/** Reads `permissions`: a mapping, `read-all`, `write-all` or `{}`. */
export function parsePermissions(
  token: TemplateToken | undefined,
  report: FileReport,
): Permissions | undefined {
  if (!token) return undefined;
  if (isMapping(token)) {
    return Object.fromEntries(
      entriesOf(token).map(({ key, value }) => [key, literalText(value) as Level]), // the schema has checked it
    );
  }
  const text = literalText(token);
  if (text === 'read-all') return allAt('read');
  if (text === 'write-all') return allAt('write');
  report.refuse(token, 'permissions must be a mapping, read-all or write-all');
  return undefined;
}

/** @returns `scope: level` for each scope that is wanted but lies above what the caller may hand on. */
export function permissionsAbove(wanted: Permissions, ceiling: Permissions): string[] {
  return Object.entries(wanted)
    .filter(([scope, level]) => rank[level] > rank[ceiling[scope] ?? 'none'])
    .map(([scope, level]) => `${scope}: ${level}`);
}

/** A fork's pull request gets at most reading rights, and no OIDC token. */
export function readOnly(permissions: Permissions): Permissions {
  return Object.fromEntries(
    Object.entries(permissions).map(([scope, level]) => {
      if (scope === 'id-token') return [scope, 'none' as const];
      return [scope, level === 'write' ? ('read' as const) : level];
    }),
  );
}
