import { problemKey } from '../pipeline/digest.ts';
import type { Pipeline, Problem } from '../pipeline/model.ts';
import { html, when, withCode } from './html.ts';
import type { Html } from './html.ts';
import { icon } from './icons.ts';
import { words } from './report-sections.ts';
import type { Section } from './report-sections.ts';

/** Problems shown at once; the rest waits behind a click. */
const MOST_SHOWN = 12;

function problemItem(problem: Problem, { previous }: Pipeline): Html {
  const isNew = previous !== undefined && !previous.failing.includes(problemKey(problem));
  const folded = when(problem.folded > 0, () => html` <small>explains ${problem.folded} more</small>`);
  const hint = when(problem.hint !== '', () => html`<p class="todo">${withCode(problem.hint)}</p>`);
  const place =
    problem.file === '' ? '' : `${problem.file}${problem.line === undefined ? '' : `:${problem.line}`}`;
  return html`<li class="${problem.verdict}">
    ${icon(problem.verdict)}
    <div>
      <p>
        <strong>${problem.name}</strong>
        <small>${words(problem.where, problem.category ?? '', problem.stage === 'tests' ? place : '')}</small
        >${when(isNew, () => html` <span class="new">new</span>`)}${folded}
      </p>
      ${when(problem.message !== '', () => html`<p>${withCode(problem.message)}</p>`)}${hint}
    </div>
  </li>`;
}

/** @returns everything that needs somebody, worst first. */
export function problemsSection(pipeline: Pipeline): Section | undefined {
  const { problems } = pipeline;
  if (problems.length === 0) return undefined;
  const items = problems.map((problem) => problemItem(problem, pipeline));
  const rest = items.slice(MOST_SHOWN);
  return {
    id: 'problems',
    title: 'What to do',
    aside: String(problems.length),
    body: html`<ul class="problems">
        ${items.slice(0, MOST_SHOWN)}
      </ul>
      ${when(
        rest.length > 0,
        () =>
          html`<details>
            <summary>${rest.length} more</summary>
            <ul class="problems">
              ${rest}
            </ul>
          </details>`,
      )}`,
  };
}
