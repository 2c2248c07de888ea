import { parseDuration } from '@sophia/core/duration';
import { SophiaError } from '@sophia/core/errors';
import type { Report, ReportItem } from '@sophia/core/report/envelope';
import type { Host } from '@sophia/runtime/host/host';
import pc from 'picocolors';

import { EXIT } from './exit-codes.ts';
import { fit } from './live/render-rows.ts';
import { renderItem, renderVerdict } from './render-items.ts';

/** What one run came to. */
export interface Round {
  readonly passes: boolean;
  readonly report: Report;
}

export interface WatchRequest {
  readonly runOnce: () => Promise<Round>;
  readonly host: Host;
  /** As typed, such as `30s`. */
  readonly interval: string;
  readonly json: boolean;
}

/** A shorter interval asks services more often than they like; most count requests by the minute. */
const SHORTEST_MS = 1_000;

/**
 * Runs again and again until Ctrl-C: the verdict each time, and the items that are otherwise than before. With JSON one
 * report a line.
 *
 * @returns 130, as everything that Ctrl-C ends
 * @throws SophiaError `usage` for an interval that is none
 */
export async function watch({ runOnce, host, interval, json }: WatchRequest): Promise<number> {
  const intervalMs = parseDuration(interval);
  if (intervalMs === undefined || intervalMs < SHORTEST_MS) {
    throw new SophiaError('usage', {
      message: `--watch: expected an interval of at least 1s, got "${interval}"`,
      hint: 'for example --watch 30s',
    });
  }
  let before: Report | undefined;
  while (!host.signal.aborted) {
    const { report } = await runOnce();
    if (host.signal.aborted) break;
    const text = json ? JSON.stringify(report) : describeRound(report, before);
    process.stdout.write(`${host.redaction.redact(text)}\n`);
    before = report;
    await host.clock.sleep(intervalMs, host.signal);
  }
  // The terminal has written ^C where the prompt is to stand.
  if (process.stderr.isTTY) process.stderr.write('\n');
  return EXIT.interrupted;
}

function describeRound(report: Report, before: Report | undefined): string {
  const time = pc.dim(new Date(report.startedAt).toTimeString().slice(0, 8));
  const lines = changedItems(report, before).map((item) => `           ${renderItem(item)}`);
  const verdict = `${time}  ${renderVerdict(report)}`;
  return [process.stdout.isTTY ? fit(verdict, process.stdout.columns) : verdict, ...lines].join('\n');
}

/** @returns the items that are otherwise than before; in the first round those that are not well. */
export function changedItems(report: Report, before: Report | undefined): readonly ReportItem[] {
  const earlier = new Map(before?.items.map((item) => [item.name, item]) ?? []);
  return report.items.filter((item) => {
    const old = earlier.get(item.name);
    return old === undefined
      ? item.status !== 'success'
      : old.status !== item.status || old.category !== item.category;
  });
}
