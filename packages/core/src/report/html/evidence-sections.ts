import type { ListedFile, Pipeline } from '../pipeline/model.ts';
import { shareBar } from './chart.ts';
import { html, when } from './html.ts';
import { words } from './report-sections.ts';
import type { Section } from './report-sections.ts';

/** What the product promises (coverage above 80 %), as a mark on the bar. */
const COVERAGE_PROMISE_PERCENT = 80;
const sum = <T>(list: readonly T[], of: (one: T) => number) =>
  list.reduce((total, one) => total + of(one), 0);

/** @returns tests and coverage. */
export function testsSection({ tests, coverage, stages }: Pipeline): Section | undefined {
  if (tests.length === 0 && coverage.length === 0) return undefined;
  const resultOf = (kind: string) => stages.find((stage) => stage.kind === kind)?.result ?? '';
  const counts = shareBar([
    { label: 'passed', count: sum(tests, (run) => run.passed), tone: 'success' },
    { label: 'failed', count: sum(tests, (run) => run.failed), tone: 'failure' },
    { label: 'skipped', count: sum(tests, (run) => run.skipped), tone: 'skipped' },
  ]);
  const total = sum(coverage, (one) => one.linesTotal);
  const covered = sum(coverage, (one) => one.linesCovered);
  const lines = shareBar(
    [
      {
        label: 'lines covered',
        count: covered,
        tone: covered / total >= COVERAGE_PROMISE_PERCENT / 100 ? 'success' : 'warning',
      },
      { label: 'not covered', count: total - covered, tone: 'skipped' },
    ],
    COVERAGE_PROMISE_PERCENT,
  );
  return {
    id: 'tests',
    title: tests.length === 0 ? 'Coverage' : 'Tests',
    aside: words(
      tests.length > 0 ? `${tests.length} file${tests.length === 1 ? '' : 's'}` : '',
      resultOf('coverage'),
    ),
    body: html`${when(tests.length > 0, () => counts)}${when(total > 0, () => lines)}`,
  };
}

const LISTED: Readonly<Record<ListedFile['why'], string>> = {
  foreign: 'of another run',
  superseded: 'replaced by a later attempt',
  unknown: 'no format that is known',
  unreadable: 'broken',
  missing: 'missing',
};

/** @returns what was found and does not count. */
export function listedSection({ listed }: Pipeline): Section | undefined {
  if (listed.length === 0) return undefined;
  const rows = listed.map(
    ({ path, why, detail }) => html`<li><code>${path}</code> <strong>${LISTED[why]}</strong> ${detail}</li>`,
  );
  return {
    id: 'listed',
    title: 'Not counted',
    aside: String(listed.length),
    body: html`<ul class="plain">
      ${rows}
    </ul>`,
  };
}
