import { scaleLinear, scaleUtc } from 'd3-scale';
import { area, line } from 'd3-shape';

import { formatDuration } from '../../duration.ts';
import { html, when } from './html.ts';
import type { Content, Html } from './html.ts';
import { icon } from './icons.ts';
import type { Tone } from './icons.ts';

/**
 * A row of a chart. A chart is a table whose middle column is a bar: it scales with the window, can be read aloud, and
 * needs no second table of its numbers.
 */
export interface BarRow {
  readonly label: string;
  /** A word beside the label. */
  readonly aside?: string | undefined;
  readonly tone: Tone;
  /** Milliseconds from the axis' origin; undefined where there is no bar. */
  readonly startMs?: number | undefined;
  readonly durationMs?: number | undefined;
  /** A mark on the bar, such as a baseline. */
  readonly markMs?: number | undefined;
  /** A second line, for what went wrong. */
  readonly note?: Content;
  readonly nested?: boolean;
  /** Starts a group of rows with this heading. */
  readonly group?: string | undefined;
}

export interface BarChart {
  readonly caption: string;
  readonly labelTitle: string;
  readonly rows: readonly BarRow[];
}

const TICKS = 5;
/** A phone has room for so many labels. */
const MOST_TICKS = 6;
const ROW_HEIGHT = 24;
/** Percent: a bar of no length would not be seen. */
const SHORTEST_BAR = 0.4;

const percent = (value: number) => `${Math.round(value * 100) / 100}%`;

interface Axis {
  readonly at: (ms: number) => number;
  readonly ticks: readonly number[];
}

/** d3's time scale picks ticks that are round in seconds and minutes, not in powers of ten. */
function axisOf(rows: readonly BarRow[]): Axis {
  const ends = rows.map(({ startMs = 0, durationMs = 0, markMs = 0 }) =>
    Math.max(startMs + durationMs, markMs),
  );
  const scale = scaleUtc<number>()
    .domain([0, Math.max(1, ...ends)])
    .range([0, 100]);
  return {
    at: (ms) => scale(ms),
    ticks: thinned(scale.ticks(TICKS).map((tick) => tick.getTime())),
  };
}

/** d3 prefers round ticks to the number that was asked for; every second of round ones is round too. */
function thinned(ticks: readonly number[]): readonly number[] {
  return ticks.length <= MOST_TICKS ? ticks : thinned(ticks.filter((_, index) => index % 2 === 0));
}

const grid = ({ at, ticks }: Axis) =>
  ticks.map(
    (tick) =>
      html`<line class="grid" x1="${percent(at(tick))}" x2="${percent(at(tick))}" y1="0" y2="100%" />`,
  );

function anchor(position: number): string {
  if (position < 4) return 'start';
  return position > 92 ? 'end' : 'middle';
}

/** A label for a tick: whole units, since ticks are round. */
function tickLabel(ms: number): string {
  if (ms === 0) return '0';
  if (ms < 1_000) return `${ms} ms`;
  return ms < 60_000 ? `${ms / 1_000} s` : formatDuration(ms);
}

const axisHead = (axis: Axis) =>
  html`<svg class="axis" width="100%" height="14" aria-hidden="true">
    ${axis.ticks.map((tick) => {
      const position = axis.at(tick);
      return html`<text x="${percent(position)}" y="11" text-anchor="${anchor(position)}"
        >${tickLabel(tick)}</text
      >`;
    })}
  </svg>`;

function barOf(row: BarRow, axis: Axis): Html {
  const { startMs, durationMs = 0, markMs, tone, nested = false } = row;
  const height = nested ? 6 : 10;
  const y = (ROW_HEIGHT - height) / 2;
  return html`<svg class="bar" width="100%" height="${ROW_HEIGHT}" aria-hidden="true">
    ${grid(axis)}${when(startMs !== undefined, () => {
      const x = axis.at(startMs ?? 0);
      const width = Math.max(SHORTEST_BAR, axis.at((startMs ?? 0) + durationMs) - x);
      return html`<rect
        class="${tone}"
        x="${percent(Math.min(x, 100 - SHORTEST_BAR))}"
        y="${y}"
        width="${percent(width)}"
        height="${height}"
        rx="2"
      />`;
    })}${when(markMs !== undefined, () => {
      const x = percent(axis.at(markMs ?? 0));
      return html`<line class="mark" x1="${x}" x2="${x}" y1="1" y2="${ROW_HEIGHT - 1}" />`;
    })}
  </svg>`;
}

function rowOf(row: BarRow, axis: Axis): Html {
  const time =
    row.durationMs === undefined || row.startMs === undefined ? '–' : formatDuration(row.durationMs);
  const aside = when(row.aside !== undefined && row.aside !== '', () => html` <small>${row.aside}</small>`);
  return html`${when(
      row.group !== undefined,
      () =>
        html`<tr class="group" role="row">
          <th colspan="3" scope="rowgroup" role="rowheader">${row.group}</th>
        </tr>`,
    )}
    <tr class="${row.nested === true ? 'nested' : ''}" role="row">
      <th scope="row" role="rowheader">${icon(row.tone)}<span>${row.label}${aside}</span></th>
      <td role="cell">${barOf(row, axis)}</td>
      <td class="num" role="cell">${time}</td>
    </tr>
    ${when(
      row.note !== undefined && row.note !== '',
      () =>
        html`<tr class="note" role="row">
          <td colspan="3" role="cell">${row.note}</td>
        </tr>`,
    )}`;
}

/** @returns bars on a shared time axis, as a table; the roles keep it one where a narrow window lays it out as a grid. */
export function barChart({ caption, labelTitle, rows }: BarChart): Html {
  const axis = axisOf(rows);
  return html`<table class="chart" role="table">
    <caption class="away">
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th scope="col" role="columnheader">${labelTitle}</th>
        <th scope="col" role="columnheader"><span class="away">When</span>${axisHead(axis)}</th>
        <th scope="col" role="columnheader" class="num">Time</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map((row) => rowOf(row, axis))}
    </tbody>
  </table>`;
}

const SPARK = { width: 96, height: 22, padding: 3 } as const;

/** @returns percentages of the last runs as a small line; the numbers are in its label. */
export function sparkChart(percents: readonly number[]): Html | undefined {
  if (percents.length < 2) return undefined;
  const { width, height, padding } = SPARK;
  const x = scaleLinear([0, percents.length - 1], [padding, width - padding]);
  const floor = Math.min(...percents, 80);
  const y = scaleLinear([floor, 100], [height - padding, padding]);
  const points = percents.map((value, index): [number, number] => [x(index), y(value)]);
  const shape = line().digits(1)(points) ?? '';
  const fill =
    area<[number, number]>()
      .digits(1)
      .x(([px]) => px)
      .y0(height)
      .y1(([, py]) => py)(points) ?? '';
  const [lastX, lastY] = points.at(-1) ?? [0, 0];
  const words = `last ${percents.length} runs: ${percents.join(', ')} %`;
  return html`<svg
    class="spark"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    role="img"
    aria-label="${words}"
  >
    <path class="fill" d="${fill}" />
    <path class="line" d="${shape}" />
    <circle cx="${lastX.toFixed(1)}" cy="${lastY.toFixed(1)}" r="2" />
  </svg>`;
}

/** A part of a {@link shareBar}. */
export interface Share {
  readonly label: string;
  readonly count: number;
  readonly tone: Tone;
}

/** @returns parts of a whole as one bar with its numbers beside it; `targetPercent` marks a promise. */
export function shareBar(shares: readonly Share[], targetPercent?: number): Html {
  const total = shares.reduce((sum, { count }) => sum + count, 0);
  let from = 0;
  const rects = shares.map(({ count, tone }) => {
    const width = total === 0 ? 0 : (count / total) * 100;
    const rect = html`<rect
      class="${tone}"
      x="${percent(from)}"
      y="0"
      width="${percent(width)}"
      height="10"
    />`;
    from += width;
    return count === 0 ? undefined : rect;
  });
  const target = when(targetPercent !== undefined, () => {
    const x = percent(targetPercent ?? 0);
    return html`<line class="mark" x1="${x}" x2="${x}" y1="0" y2="10" />`;
  });
  return html`<div class="share">
    <svg width="100%" height="10" aria-hidden="true">${rects}${target}</svg>
    <ul>
      ${shares.map(({ label, count, tone }) => html`<li><span class="dot ${tone}"></span>${count.toLocaleString('en-GB')} ${label}</li>`)}
    </ul>
  </div>`;
}
