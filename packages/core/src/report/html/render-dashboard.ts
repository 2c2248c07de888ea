import { scaleLinear } from 'd3-scale';

import { formatDuration } from '../../duration.ts';
import { isKept, promisesOf } from '../history/measures.ts';
import type { RunRecord } from '../history/run-record.ts';
import { doraTable, promisesTable, regionsTable, shown } from './dashboard-tables.ts';
import { dateOf, isWeb, renderDocument, sectionOf } from './document.ts';
import { html, when } from './html.ts';
import type { Html } from './html.ts';
import { icon } from './icons.ts';
import type { Tone } from './icons.ts';

/** Rows of the list; older deployments count, and have their page. */
const MOST_LISTED = 200;
const MOST_WEEKS = 52;
const WEEK_MS = 7 * 86_400_000;

export interface DashboardParts {
  readonly repository: string;
  readonly records: readonly RunRecord[];
  readonly nowMs: number;
  /** The page of a run, relative to the dashboard; undefined where there is none. */
  readonly pageOf: (record: RunRecord) => string | undefined;
}

const isMeasured = (record: RunRecord) => record.deployment !== null;

interface Week {
  readonly good: number;
  readonly bad: number;
}

const isGood = ({ deployment }: RunRecord) =>
  deployment?.status === 'success' || deployment?.status === 'warning';

function weeksOf({ records, nowMs }: DashboardParts): readonly Week[] {
  const deployed = records.filter(isMeasured);
  const ages = deployed.map((record) =>
    Math.floor((nowMs - Date.parse(record.deployment?.finishedAt ?? '')) / WEEK_MS),
  );
  const count = Math.min(MOST_WEEKS, Math.max(0, ...ages) + 1);
  return Array.from({ length: count }, (_, index) => {
    const own = deployed.filter((_record, at) => ages[at] === count - 1 - index);
    const good = own.filter(isGood).length;
    return { good, bad: own.length - good };
  });
}

const CHART_HEIGHT = 80;

/** Bars a week: what went well above, what did not below it in red; the table below has the single ones. */
function weekChart(parts: DashboardParts): Html | undefined {
  const weeks = weeksOf(parts);
  if (weeks.length < 2) return undefined;
  const highest = Math.max(...weeks.map(({ good, bad }) => good + bad));
  const y = scaleLinear([0, highest], [0, CHART_HEIGHT]);
  const step = 100 / weeks.length;
  const bars = weeks.map(({ good, bad }, index) => {
    const x = `${(index * step).toFixed(2)}%`;
    const width = `${(step * 0.8).toFixed(2)}%`;
    const rect = (tone: Tone, count: number, below: number) =>
      when(
        count > 0,
        () =>
          html`<rect
            class="${tone}"
            x="${x}"
            width="${width}"
            y="${(CHART_HEIGHT - y(below + count)).toFixed(1)}"
            height="${y(count).toFixed(1)}"
          />`,
      );
    return html`${rect('success', good, bad)}${rect('failure', bad, 0)}`;
  });
  const words = `deployments in each of the last ${weeks.length} weeks, at most ${highest} in one`;
  return html`<svg width="100%" height="${CHART_HEIGHT}" role="img" aria-label="${words}">${bars}</svg>
    <p class="muted">${words}; red is what failed or was rolled back</p>`;
}

const TONES: Readonly<Record<string, Tone>> = {
  success: 'success',
  warning: 'warning',
  failure: 'failure',
  'rolled-back': 'undo',
  'rollback-failed': 'failure',
  cancelled: 'skipped',
};

function deploymentRow(record: RunRecord, page: string | undefined): Html {
  const { deployment } = record;
  if (deployment === null) return html``;
  const id = page === undefined ? deployment.id : html`<a href="${page}">${deployment.id}</a>`;
  const run = isWeb(record.url) ? html`<a href="${record.url}">${record.runId}</a>` : record.runId;
  const failed = deployment.failedStep === null ? '' : ` at ${deployment.failedStep}`;
  const status = when(
    deployment.status !== 'success',
    () => html`<br /><small>${deployment.status}${failed}</small>`,
  );
  return html`<tr>
    <td>${icon(TONES[deployment.status] ?? 'skipped')}</td>
    <th scope="row">${id}${status}</th>
    <td>${record.environment}</td>
    <td>${dateOf(deployment.finishedAt)}</td>
    <td class="num time">${run}</td>
    <td class="num time">${formatDuration(deployment.durationMs)}</td>
  </tr>`;
}

function deploymentsTable({ records, pageOf }: DashboardParts): Html {
  const newest = records
    .filter(isMeasured)
    .toSorted((a, b) => (b.deployment?.finishedAt ?? '').localeCompare(a.deployment?.finishedAt ?? ''));
  const rest = newest.length - MOST_LISTED;
  return html`<table class="list">
      <thead>
        <tr>
          <td></td>
          <th scope="col">Deployment</th>
          <th scope="col">Environment</th>
          <th scope="col">Finished</th>
          <th scope="col" class="num time">Run</th>
          <th scope="col" class="num time">Took</th>
        </tr>
      </thead>
      <tbody>
        ${newest.slice(0, MOST_LISTED).map((record) => deploymentRow(record, pageOf(record)))}
      </tbody>
    </table>
    ${when(rest > 0, () => html`<p class="muted">${rest} older ones are counted above</p>`)}`;
}

/** @returns how deployments have gone: the four measures of DORA, the promises, and each deployment. */
export function renderDashboard(parts: DashboardParts): string {
  const deployed = parts.records.filter(isMeasured);
  const promises = promisesOf(parts.records);
  const broken = promises.filter((promise) => isKept(promise) === false);
  const measured = promises.filter((promise) => isKept(promise) !== undefined);
  const verdict = broken.length > 0 ? 'warning' : 'success';
  const headline =
    broken.length > 0
      ? `${broken.length} of ${measured.length} promises are not kept`
      : `All ${measured.length} promises that could be measured are kept`;
  const why = broken.map((promise) => `${promise.name}: ${shown(promise)}`).join('; ');
  const regions = regionsTable(parts);
  const sections = [
    { id: 'dora', title: 'Delivery', aside: 'the four measures of DORA', body: doraTable(parts) },
    { id: 'promises', title: 'Promises', aside: '', body: promisesTable(parts) },
    ...(regions === undefined ? [] : [{ id: 'regions', title: 'Regions', aside: '', body: regions }]),
    {
      id: 'deployments',
      title: 'Deployments',
      aside: String(deployed.length),
      body: html`${weekChart(parts)}${deploymentsTable(parts)}`,
    },
  ];
  const now = new Date(parts.nowMs).toISOString();
  return renderDocument({
    title: `Deployments of ${parts.repository || 'this repository'}`,
    verdict,
    top: html`<header class="top">
      <span><b>${parts.repository || 'local runs'}</b></span
      ><span>deployments</span><time datetime="${now}">${dateOf(now)}</time>
    </header>`,
    main: html`<div class="verdict ${verdict}">
        <h1>${icon(verdict)}<span>${headline}</span></h1>
        ${when(why !== '', () => html`<p>${why}</p>`)}
      </div>
      ${sections.map(sectionOf)}`,
    footer: `Written by sophia-actions pr-report from ${parts.records.length} runs. Times are UTC.`,
  });
}
