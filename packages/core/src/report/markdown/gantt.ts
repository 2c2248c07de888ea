import type { Span } from '../pipeline/model.ts';

/** Mermaid refuses longer texts (its `maxTextSize`); the fence and the header are ours. */
const LONGEST_DIAGRAM = 40_000;
const LONGEST_LABEL = 60;

/** What mermaid's gantt grammar reads as a statement at the start of a line; it takes `2024-01-01` for a date there. */
const KEYWORDS =
  /^(\d|gantt|section|title|dateformat|axisformat|tickinterval|excludes|includes|todaymarker|weekday|weekend|click|call|href|inclusiveenddates|topaxis|acctitle|accdescr)/i;

/** `:`, `;`, `#`, `%%{` and others break the grammar, so only harmless characters stay (notes on reporting). */
function label(text: string): string {
  const clean = text
    .replace(/[^A-Za-z0-9 ._()/-]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST_LABEL);
  return KEYWORDS.test(clean) || clean === '' ? `- ${clean}`.trim() : clean;
}

const TAGS: Readonly<Record<Span['verdict'], string>> = {
  success: 'done, ',
  warning: 'active, ',
  failure: 'crit, ',
  undo: 'active, ',
  skipped: '',
};

/** A task of no length is invisible, and mermaid gives it the length of a day in some versions. */
const SHORTEST_MS = 1;

function task(span: Span, index: number): string {
  const startMs = Math.round(span.startMs);
  const endMs = Math.max(Math.round(span.endMs), startMs + SHORTEST_MS);
  return `    ${label(span.label)} :${TAGS[span.verdict]}t${index}, ${startMs}, ${endMs}`;
}

/** @returns a Mermaid gantt diagram of spans, in a fence; an outer span heads the section of its nested ones. */
export function renderGantt(spans: readonly Span[]): string {
  const lines = ['gantt', '    dateFormat x', '    axisFormat %H:%M:%S', '    todayMarker off'];
  let size = 0;
  const grouped = spans.some((span) => span.nested);
  for (const [index, span] of spans.entries()) {
    const added =
      span.nested || !grouped ? [task(span, index)] : [`    section ${label(span.label)}`, task(span, index)];
    size += added.join('\n').length;
    if (size > LONGEST_DIAGRAM) break;
    lines.push(...added);
  }
  return ['```mermaid', ...lines, '```'].join('\n');
}
