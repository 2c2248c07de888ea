import type { Report } from '../envelope.ts';
import type { Pipeline } from '../pipeline/model.ts';
import type { Journal, JournalEvent } from '../read/source.ts';
import { html, when } from './html.ts';
import type { Html } from './html.ts';
import { icon } from './icons.ts';

/** Lines of a journal that a page shows; the file has the rest. */
const MOST_LINES = 500;
/** As much of a hash as people compare. */
const SHORT_HASH = 12;

function eventRow({ timeMs, type, phase, step, exitCode }: JournalEvent): Html {
  const place = [phase, step].filter((part) => part !== '').join('/');
  const failed = when((exitCode ?? 0) !== 0, () => html` <small>exit code ${exitCode}</small>`);
  return html`<tr>
    <td>${new Date(timeMs).toISOString().slice(11, 19)}</td>
    <th scope="row">${type}</th>
    <td><code>${place}</code>${failed}</td>
  </tr>`;
}

function wordsOf({ events, intact, torn, head }: Journal): string {
  const count = `${events.length} line${events.length === 1 ? '' : 's'}`;
  if (!intact)
    return `Journal: ${count}, and its chain of hashes is broken: lines were changed, moved or lost`;
  const end = torn ? ', but for a last line that was torn' : '';
  return `Journal: ${count}, its chain of hashes holds${end}; head ${head.slice(0, SHORT_HASH)}`;
}

/** @returns what a deployment's journal says, line by line, and whether it was changed; undefined where there is none. */
export function journalList({ deploymentId }: Report, { journals }: Pipeline): Html | undefined {
  const journal = journals.find((one) => one.deploymentId === deploymentId && deploymentId !== '');
  if (journal === undefined) return undefined;
  const rest = journal.events.length - MOST_LINES;
  return html`<p class="names">${icon(journal.intact ? 'success' : 'warning')}${wordsOf(journal)}</p>
    <details>
      <summary>The journal, line by line</summary>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Event</th>
            <th scope="col">Step</th>
          </tr>
        </thead>
        <tbody>
          ${journal.events.slice(0, MOST_LINES).map(eventRow)}
        </tbody>
      </table>
      ${when(rest > 0, () => html`<p class="muted">${rest} more lines are in the file</p>`)}
    </details>`;
}
