import { formatDuration } from '../../duration.ts';
import { doraOf, isKept, promisesOf, regionMeasures } from '../history/measures.ts';
import type { Measure, Promised } from '../history/measures.ts';
import type { RunRecord } from '../history/run-record.ts';
import { html, when } from './html.ts';
import type { Html } from './html.ts';
import { icon } from './icons.ts';
import type { Tone } from './icons.ts';

const DAY_MS = 86_400_000;
/** Rows of regions; a page that lists more than a provider has is read by nobody. */
const MOST_REGIONS = 60;

function longTime(durationMs: number): string {
  return durationMs < 2 * DAY_MS ? formatDuration(durationMs) : `${(durationMs / DAY_MS).toFixed(1)} days`;
}

/** @returns a measured value with its unit. */
export function shown({ unit, value }: Pick<Measure, 'unit' | 'value'>): string {
  if (value === null) return 'no data';
  if (unit === 'ms') return longTime(value);
  if (unit === 'share') return `${(value * 100).toFixed(1)} %`;
  return unit === 'per week' ? `${value.toFixed(1)} a week` : String(value);
}

const limitOf = (promise: Promised) =>
  `${promise.bound === 'most' ? 'at most' : 'at least'} ${shown({ ...promise, value: promise.limit })}`;

/** What the tables are made of. */
export interface Measured {
  readonly records: readonly RunRecord[];
  readonly nowMs: number;
}

interface Column<M> {
  readonly title: string;
  readonly measures: readonly M[];
}

/** One column an environment, and one for all where there are several: on a phone there is more height than width. */
function columnsOf<M>(
  records: readonly RunRecord[],
  measure: (records: readonly RunRecord[]) => readonly M[],
): readonly Column<M>[] {
  const names = [...new Set(records.map(({ environment }) => environment))].toSorted();
  const columns = names.map((name) => ({
    title: name || 'no environment',
    measures: measure(records.filter(({ environment }) => environment === name)),
  }));
  return columns.length === 1 ? columns : [{ title: 'all', measures: measure(records) }, ...columns];
}

const head = (columns: readonly Column<unknown>[]) =>
  columns.map(({ title }) => html`<th scope="col" class="num">${title}</th>`);

/** A number and its unit stay on one line, also on a phone. */
const unbroken = (measure: Measure) =>
  measure.unit === 'per week' || measure.value === null
    ? shown(measure)
    : shown(measure).replaceAll(' ', '\u00A0');

/** A value with what it is made of; of nothing there is nothing to count. */
const cell = (measure: Measure, isBroken = false) =>
  html`<td class="${isBroken ? 'num worse' : 'num'}">
    ${isBroken ? '✗\u00A0' : ''}${unbroken(measure)}
    ${when(measure.of > 0, () => html`<small>of ${measure.of}</small>`)}
  </td>`;

/** @returns the four measures of DORA; environments without a deployment have no column. */
export function doraTable({ records, nowMs }: Measured): Html {
  const deployed = records.filter(({ deployment }) => deployment !== null);
  const columns = columnsOf(deployed, (own) => doraOf(own, nowMs));
  const rows = (columns[0]?.measures ?? []).map(({ name }, index) => {
    const cells = columns.map(({ measures }) => measures[index]).filter((one) => one !== undefined);
    return html`<tr>
      <th scope="row">${name}</th>
      ${cells.map((measure) => cell(measure))}
    </tr>`;
  });
  return html`<table class="list">
    <thead>
      <tr>
        <th scope="col">Measure</th>
        ${head(columns)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

const KEPT: Readonly<Record<string, Tone>> = { true: 'success', false: 'failure', undefined: 'skipped' };
const toneOf = (promise: Promised): Tone => KEPT[String(isKept(promise))] ?? 'skipped';

/** @returns what was promised beside what was measured, over all and in each environment. */
export function promisesTable({ records }: Measured): Html {
  const columns = columnsOf(records, promisesOf);
  const rows = (columns[0]?.measures ?? []).map((promise, index) => {
    const cells = columns.map(({ measures }) => measures[index]).filter((one) => one !== undefined);
    return html`<tr>
      <td>${icon(toneOf(promise))}</td>
      <th scope="row">${promise.name} <small>${limitOf(promise)}</small></th>
      ${cells.map((one) => cell(one, isKept(one) === false))}
    </tr>`;
  });
  return html`<table class="list">
    <thead>
      <tr>
        <td></td>
        <th scope="col">Promise</th>
        ${head(columns)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

/**
 * @returns each region of each environment: the four measures of DORA, and the promises that are recorded by region;
 *   undefined where no deployment went to regions
 */
export function regionsTable({ records, nowMs }: Measured): Html | undefined {
  const all = regionMeasures(records, nowMs);
  const [first] = all;
  if (first === undefined) return undefined;
  const rows = all.slice(0, MOST_REGIONS).map(
    ({ environment, region, dora, promises, isLastGood }) =>
      html`<tr>
        <td>${icon(isLastGood ? 'success' : 'failure')}</td>
        <th scope="row">${region}</th>
        <td>${environment}</td>
        ${dora.map((one) => cell(one))}${promises.map((one) => cell(one, isKept(one) === false))}
      </tr>`,
  );
  const titles = [
    ...first.dora.map(({ name }) => html`${name}`),
    ...first.promises.map((promise) => html`${promise.name} <small>${limitOf(promise)}</small>`),
  ];
  const rest = all.length - rows.length;
  return html`<div class="wide" tabindex="0" role="group" aria-label="Regions">
      <table class="list">
        <thead>
          <tr>
            <td></td>
            <th scope="col">Region</th>
            <th scope="col">Environment</th>
            ${titles.map((title) => html`<th scope="col" class="num">${title}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${when(rest > 0, () => html`<p class="muted">${rest} more regions are in the history</p>`)}`;
}
