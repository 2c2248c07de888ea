import type { ReportItem } from '../report/envelope.ts';
import { reportItem } from '../report/judge.ts';
import type { Registry } from './registry/registry.ts';
import type { ServerSpec } from './server-spec.ts';

/** One thing that is wrong or unusual with a fleet; `file` and `line` where it stands somewhere. */
export interface FleetFinding {
  readonly level: 'failure' | 'warning';
  readonly rule: string;
  /** The server that it is about; empty for the file as a whole. */
  readonly server: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** JSON path. */
  readonly path?: string;
  /** Where something else is to be done than to correct a file. */
  readonly hint?: string;
}

/** @returns the registry's own findings, with its file. */
export function registryFindings({ file, findings }: Registry): readonly FleetFinding[] {
  return findings.map(({ level, rule, server, message, place, path }) => ({
    ...{ level, rule, server, message, file, path },
    ...place,
  }));
}

/** @returns what a message of the configuration's reader says, with its file, line and column apart. */
export function configurationFinding(text: string, file: string): FleetFinding {
  const match = /^(.+?):(\d+):(\d+): (.+)$/.exec(text);
  const shared = { level: 'failure', rule: 'configuration', server: '' } as const;
  if (match === null) return { ...shared, message: text, file };
  const [, where = file, line, column, message = text] = match;
  return { ...shared, message, file: where, line: Number(line), column: Number(column) };
}

/** What was looked at. */
export interface ValidatedFleet {
  readonly servers: readonly ServerSpec[];
  readonly registry: Registry | undefined;
  readonly findings: readonly FleetFinding[];
}

/** @returns one item a server, and one for each name or file that something is wrong with. */
export function validationItems({ servers, registry, findings }: ValidatedFleet): readonly ReportItem[] {
  const names = [
    ...servers.map(({ name }) => name),
    ...(registry?.servers.keys() ?? []),
    ...findings.map(subject),
  ];
  return [...new Set(names)].map((name) => {
    const own = findings.filter((finding) => subject(finding) === name);
    const port =
      servers.find((server) => server.name === name)?.port ??
      registry?.servers.get(name)?.claims[0]?.port ??
      null;
    const isServer = servers.some((server) => server.name === name) || registry?.servers.has(name) === true;
    return validationItem({ name, kind: isServer ? SERVER_KIND : 'registry' }, port, own);
  });
}

const SERVER_KIND = 'mcp-server';

/** Findings about a file as a whole stand under the file's name. */
const subject = ({ server, file }: FleetFinding) => (server === '' ? (file ?? 'configuration') : server);

function validationItem(
  { name, kind }: Pick<ReportItem, 'name' | 'kind'>,
  port: number | null,
  findings: readonly FleetFinding[],
): ReportItem {
  const status = findings.some(({ level }) => level === 'failure')
    ? 'failure'
    : findings.length > 0
      ? 'warning'
      : 'success';
  const details = { state: 'pending', port, url: '', pid: null, restarts: 0, findings };
  if (status === 'success')
    return reportItem({ name, kind, status, message: port === null ? '' : `port ${port}`, details });
  return reportItem({
    name,
    kind,
    status,
    category: 'configuration',
    message: findings.map(renderFinding).join('; '),
    hint:
      findings.find(({ hint }) => hint !== undefined)?.hint ?? 'correct the registry or the configuration',
    details,
  });
}

/** @returns a finding as one line: where it stands, then what is wrong. */
export function renderFinding({ file, line, column, path, message }: FleetFinding): string {
  const where = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}:${column ?? 1}`}: `;
  return `${where}${message}${path === undefined ? '' : ` (${path})`}`;
}
