import { formatDuration } from '../../duration.ts';
import { deltaOf } from '../markdown/sections.ts';
import type { Pipeline, Stage, StageKind } from '../pipeline/model.ts';
import { sparkChart } from './chart.ts';
import { dateOf, isWeb, renderDocument, sectionOf } from './document.ts';
import { html, when, withCode } from './html.ts';
import type { Html } from './html.ts';
import { icon } from './icons.ts';
import { deploymentSection } from './deployment-section.ts';
import { listedSection, testsSection } from './evidence-sections.ts';
import { problemsSection } from './problems-section.ts';
import { fleetSection, gateSection, pipelineSection, secretsSection } from './report-sections.ts';

const ANCHORS: Readonly<Record<StageKind, string>> = {
  'esc-setup': 'esc-setup',
  'health-gate': 'health-gate',
  'mcp-orchestrate': 'mcp-orchestrate',
  'deploy-phase': 'deploy-phase',
  tests: 'tests',
  coverage: 'tests',
  findings: 'problems',
  jobs: 'pipeline',
};

function topLine({ run, startedAt }: Pipeline): Html {
  const branch = run.ref
    .replace(/^refs\/(heads|tags)\//, '')
    .replace(/^refs\/pull\/(\d+)\/merge$/, 'pull request $1');
  const parts = [html`<b>${run.repository || 'local run'}</b>`, branch, run.sha.slice(0, 7)].filter(
    (part) => part !== '',
  );
  return html`<header class="top">
    ${parts.map((part) => html`<span>${part}</span>`)}<time datetime="${startedAt}"
      >${dateOf(startedAt)}</time
    >
  </header>`;
}

function verdictCard(pipeline: Pipeline): Html {
  const { verdict, headline, problems, message } = pipeline;
  const first = problems[0];
  return html`<div class="verdict ${verdict}">
      <h1>${icon(verdict)}<span>${headline}</span></h1>
      ${when(first !== undefined && first.message !== '', () => html`<p>${withCode(first?.message ?? '')}</p>`)}
      ${when(first !== undefined && first.hint !== '', () => html`<p><b>${verdict === 'failure' ? 'Fix' : 'Look at'}:</b> ${withCode(first?.hint ?? '')}</p>`)}
    </div>
    ${when(message.trim() !== '', () => html`<p class="message">${message.trim()}</p>`)}`;
}

function facts({ run, environment, deploymentId, durationMs, digest }: Pipeline): Html {
  const number = run.attempt > 1 ? `${run.runId}, attempt ${run.attempt}` : String(run.runId);
  const passed = [...digest.history].filter((verdict) => verdict !== 'f').length;
  const rows: readonly (readonly [string, Html | string])[] = [
    ['Run', isWeb(run.url) ? html`<a href="${run.url}">${number}</a>` : run.runId > 0 ? number : ''],
    ['Environment', environment],
    ['Deployment', deploymentId],
    ['Took', durationMs > 0 ? formatDuration(durationMs) : ''],
    ['Started by', [run.actor, run.event].filter((part) => part !== '').join(', ')],
    ['Last runs', digest.history.length > 1 ? `${passed} of ${digest.history.length} passed` : ''],
  ];
  return html`<dl class="facts">
    ${rows
      .filter(([, value]) => value !== '')
      .map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
  </dl>`;
}

function stageRow(stage: Stage, pipeline: Pipeline, ids: ReadonlySet<string>): Html {
  const delta = deltaOf(stage, pipeline);
  const before = pipeline.previous?.stages[stage.key];
  const change = before === undefined ? 0 : stage.failed - before.failed;
  const tone = change > 0 ? 'worse' : change < 0 ? 'better' : '';
  const anchor = ANCHORS[stage.kind];
  const title = ids.has(anchor) ? html`<a href="#${anchor}">${stage.title}</a>` : stage.title;
  const time = stage.durationMs === undefined ? '' : formatDuration(stage.durationMs);
  const compared = when(
    pipeline.previous !== undefined,
    () =>
      html`<td class="delta"><span class="${tone}">${delta}</span></td>
        <td class="spark-cell">${sparkChart(pipeline.digest.stages[stage.key]?.trend ?? [])}</td>`,
  );
  return html`<tr>
    <td>${icon(stage.verdict)}</td>
    <th scope="row">${title}</th>
    <td>${stage.result}</td>
    ${compared}
    <td class="num time">${time}</td>
  </tr>`;
}

function overview(pipeline: Pipeline, ids: ReadonlySet<string>): Html {
  const { previous, stages } = pipeline;
  const compared = when(
    previous !== undefined,
    () =>
      html`<th scope="col">Against ${previous?.run}</th>
        <th scope="col" class="spark-head">Trend</th>`,
  );
  return html`<section aria-labelledby="h-stages">
    <h2 id="h-stages" class="away">Stages</h2>
    <table class="stages">
      <thead>
        <tr>
          <td></td>
          <th scope="col">Stage</th>
          <th scope="col">Result</th>
          ${compared}
          <th scope="col" class="num time">Time</th>
        </tr>
      </thead>
      <tbody>
        ${stages.map((stage) => stageRow(stage, pipeline, ids))}
      </tbody>
    </table>
  </section>`;
}

/**
 * @returns the report of one run as an HTML document
 */
export function renderPage(pipeline: Pipeline): string {
  const sections = [
    problemsSection(pipeline),
    pipelineSection(pipeline),
    deploymentSection(pipeline),
    gateSection(pipeline),
    fleetSection(pipeline),
    testsSection(pipeline),
    secretsSection(pipeline),
    listedSection(pipeline),
  ].filter((section) => section !== undefined);
  const ids = new Set(sections.map(({ id }) => id));
  const links = sections.map(({ id, title }) => html`<a href="#${id}">${title}</a>`);
  return renderDocument({
    title: pipeline.headline,
    verdict: pipeline.verdict,
    top: topLine(pipeline),
    main: html`${verdictCard(pipeline)} ${facts(pipeline)}
    ${when(links.length > 1, () => html`<nav aria-label="Sections">${links}</nav>`)}
    ${overview(pipeline, ids)} ${sections.map((section) => html`${sectionOf(section)} `)}`,
    footer:
      "Written by sophia-actions pr-report. Times are UTC. A bar's colour repeats its mark; only red blocks.",
  });
}
