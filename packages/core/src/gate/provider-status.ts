import type { CheckKind } from '../config/check-schemas.ts';
import type { ReportItem } from '../report/envelope.ts';

/** A provider's status page, and the host of its API: the page is asked only about that. */
export interface StatusPage {
  readonly url: string;
  readonly apiHost: RegExp;
}

/** Pages of Atlassian Statuspage (services notes). */
export const STATUS_PAGES: Readonly<Partial<Record<CheckKind, StatusPage>>> = {
  openai: { url: 'https://status.openai.com', apiHost: /(^|\.)openai\.com$/ },
  anthropic: { url: 'https://status.claude.com', apiHost: /(^|\.)anthropic\.com$/ },
  pinecone: { url: 'https://status.pinecone.io', apiHost: /(^|\.)pinecone\.io$/ },
  snowflake: { url: 'https://status.snowflake.com', apiHost: /(^|\.)snowflakecomputing\.(com|cn|mil)$/ },
  gong: { url: 'https://status.gong.io', apiHost: /(^|\.)gong\.io$/ },
  vercel: { url: 'https://www.vercel-status.com', apiHost: /(^|\.)vercel\.com$/ },
  pulumi: { url: 'https://status.pulumi.com', apiHost: /(^|\.)pulumi\.com$/ },
};

/** What a provider says of itself. */
export interface ProviderStatus {
  /** `none`, `minor`, `major`, `critical` or `maintenance`. */
  readonly indicator: string;
  readonly description: string;
  /** Names of the open incidents. */
  readonly incidents: readonly string[];
}

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;

const MOST_INCIDENTS = 3;
const LONGEST_TEXT = 120;
const brief = (value: unknown) =>
  typeof value === 'string' ? value.replace(/\s+/g, ' ').slice(0, LONGEST_TEXT) : '';

/** @returns the summary of a page (`/api/v2/summary.json`; `incidents` may be absent); undefined where it is none. */
export function parseStatusSummary(body: unknown): ProviderStatus | undefined {
  const indicator = at(at(body, 'status'), 'indicator');
  if (typeof indicator !== 'string' || indicator === '') return undefined;
  const incidents = at(body, 'incidents');
  const names = Array.isArray(incidents) ? incidents.map((incident) => brief(at(incident, 'name'))) : [];
  return {
    indicator: brief(indicator),
    description: brief(at(at(body, 'status'), 'description')),
    incidents: names.filter((name) => name !== '').slice(0, MOST_INCIDENTS),
  };
}

/** Failures that an outage would explain; a refused key is ours, whatever the page says. */
const EXPLAINED: ReadonlySet<ReportItem['category']> = new Set([
  'server-error',
  'timeout',
  'refused',
  'dns',
  'rate-limited',
  'protocol',
]);

/** @returns true where it is worth asking the provider about a check. */
export const isWorthAsking = ({ status, category }: ReportItem) =>
  (status === 'failure' || status === 'warning') && EXPLAINED.has(category);

/**
 * Adds what the provider says of itself to a failed check. It is advice: it never turns a failure into a pass.
 *
 * @returns the item with `details.provider`: `fault` is `theirs` where the page tells of trouble, else `unknown`
 *   for the provider's own errors (a page is often late) and `ours` for the rest
 */
export function withProviderStatus(item: ReportItem, status: ProviderStatus, page: string): ReportItem {
  const isTheirs = status.indicator !== 'none';
  const fault = isTheirs ? 'theirs' : item.category === 'server-error' ? 'unknown' : 'ours';
  const details = { ...item.details, provider: { page, fault, ...status } };
  if (!isTheirs) return { ...item, details };
  const what = status.incidents[0] ?? status.description;
  return {
    ...item,
    message: `${item.message}; the provider reports: ${what === '' ? status.indicator : what}`,
    hint: `it is the provider's fault: follow ${page} and run again later`,
    details,
  };
}
