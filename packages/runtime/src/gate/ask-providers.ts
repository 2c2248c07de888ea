import type { CheckKind } from '@sophia/core/config/check-schemas';
import {
  isWorthAsking,
  parseStatusSummary,
  STATUS_PAGES,
  withProviderStatus,
} from '@sophia/core/gate/provider-status';
import type { ProviderStatus } from '@sophia/core/gate/provider-status';
import type { ReportItem } from '@sophia/core/report/envelope';

import { hostOf } from '../http/connect.ts';
import type { Http } from '../http/request.ts';
import { jsonOf } from './service-failure.ts';

/** Advice is not waited for longer than this. */
const PAGE_TIMEOUT_MS = 2_000;
const MOST_BYTES = 1024 * 1024;

/** How pages are asked; `pages` stands in for the providers' own. */
export interface Asking {
  readonly http: Http;
  readonly pages?: Readonly<Partial<Record<CheckKind, string>>> | undefined;
}

/** @returns the page to ask about a check: only one that really asked the provider is a question for the provider. */
function pageOf(item: ReportItem, target: string | undefined, { pages }: Asking): string | undefined {
  if (!isWorthAsking(item) || target === undefined) return undefined;
  const kind = item.kind as CheckKind;
  if (pages?.[kind] !== undefined) return pages[kind];
  const known = STATUS_PAGES[kind];
  return known?.apiHost.test(hostOf(target) ?? '') === true ? known.url : undefined;
}

/**
 * Asks the status pages of the providers whose checks failed, each page once, and only then.
 *
 * @param targets whom each check asked
 * @returns the items, with what the pages say; a page that does not answer changes nothing
 */
export async function askProviders(
  items: readonly ReportItem[],
  targets: ReadonlyMap<string, string | undefined>,
  asking: Asking,
): Promise<readonly ReportItem[]> {
  const pageOfItem = new Map(items.map((item) => [item.name, pageOf(item, targets.get(item.name), asking)]));
  const pages = [...new Set([...pageOfItem.values()].filter((page) => page !== undefined))];
  const statuses = new Map(
    await Promise.all(pages.map(async (page) => [page, await readPage(page, asking.http)] as const)),
  );
  return items.map((item) => {
    const page = pageOfItem.get(item.name);
    const status = page === undefined ? undefined : statuses.get(page);
    return page === undefined || status === undefined ? item : withProviderStatus(item, status, page);
  });
}

async function readPage(page: string, http: Http): Promise<ProviderStatus | undefined> {
  const signal = AbortSignal.timeout(PAGE_TIMEOUT_MS);
  const result = await http({
    url: new URL(`${page}/api/v2/summary.json`),
    method: 'GET',
    headers: { accept: 'application/json' },
    signal,
    maxBodyBytes: MOST_BYTES,
  });
  if ('fault' in result || result.answer.status !== 200) return undefined;
  return parseStatusSummary(jsonOf(result.answer.body));
}
