import type { Category, ReportItem } from '../report/envelope.ts';
import type { Relations } from './fold.ts';

const NETWORK_LIKE: ReadonlySet<Category> = new Set(['dns', 'refused', 'timeout']);

/**
 * Hosts that say nothing about the way to the internet: this machine, private and documentation addresses, and names
 * that are reserved never to resolve (RFC 1918, 4193, 5737, 6761).
 */
const NO_EVIDENCE = [
  /^(localhost|127\.|0\.0\.0\.0|\[?::1\]?$)/i,
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/,
  /^(192\.0\.2\.|198\.51\.100\.|203\.0\.113\.)/,
  /^\[?f[cd][0-9a-f]{2}:/i,
  /(^|\.)(invalid|test|example|localhost|local|internal|lan|home\.arpa)\.?$/i,
  /^[^.:]+$/,
];

const isPublic = (host: string) => host !== '' && !NO_EVIDENCE.some((pattern) => pattern.test(host));

/** @returns the failed items that a runner without a way out would explain. */
export function networkSuspects(items: readonly ReportItem[], relations: Relations): readonly ReportItem[] {
  return items.filter(
    ({ name, status, category }) =>
      status === 'failure' &&
      category !== null &&
      NETWORK_LIKE.has(category) &&
      isPublic(relations.get(name)?.host ?? ''),
  );
}

/** @returns the items, the suspects put down to the runner's own network; what they found stays in `details.own`. */
export function blameRunner(
  items: readonly ReportItem[],
  suspects: readonly ReportItem[],
): readonly ReportItem[] {
  const names = new Set(suspects.map(({ name }) => name));
  return items.map((item) => {
    if (!names.has(item.name)) return item;
    const own = { status: item.status, category: item.category, message: item.message };
    return {
      ...item,
      category: 'runner',
      message: `the runner reaches nothing outside: ${item.message}`,
      hint: "the runner's own network has no way out: run again, or check its proxy and firewall",
      details: { ...item.details, own },
    };
  });
}
