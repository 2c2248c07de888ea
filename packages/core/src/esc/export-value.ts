import type { DiagnosticSink } from './diagnostic.ts';
import type { EscProperties, EscValue } from './esc-value.ts';
import { ExactNumber } from './expression.ts';
import { isListContent, isMapContent, type Layered } from './layered.ts';
import { MAX_VALUES } from './limits.ts';
import { recordOf } from './plain-json.ts';

interface Exported {
  readonly value: EscValue;
  /** How many values it is when it is written out; shared ones count each time. */
  readonly size: number;
}

/**
 * Writes the evaluated root out as a tree. An environment that would be larger than {@link MAX_VALUES} gets a
 * diagnostic instead: references can double a value with each line.
 */
export function exportProperties(
  root: Layered,
  environment: string,
  diagnostics: DiagnosticSink,
): EscProperties {
  const memo = new Map<Layered, Exported>();
  const entries = root.entries().map(([key, value]) => [key, exportValue(value, memo)] as const);
  const size = entries.reduce((sum, [, exported]) => sum + exported.size, 0);
  if (size > MAX_VALUES) {
    const message = `the environment expands to more than ${MAX_VALUES} values`;
    diagnostics.push({ severity: 'error', message, environment });
    return {};
  }
  return recordOf(entries.map(([key, exported]) => [key, exported.value]));
}

function exportValue(value: Layered, memo: Map<Layered, Exported>): Exported {
  const known = memo.get(value);
  if (known !== undefined) return known;
  const { content, size } = exportContent(value, memo);
  const exported: Exported = {
    value: {
      ...content,
      ...(value.secret ? { secret: true } : {}),
      ...(value.unknown === undefined ? {} : { unknown: true }),
      trace: value.origin === undefined ? {} : { def: value.origin.range },
    },
    size,
  };
  memo.set(value, exported);
  return exported;
}

function exportContent(value: Layered, memo: Map<Layered, Exported>): { content: EscValue; size: number } {
  const { content } = value;
  if (value.unknown !== undefined) return { content: {}, size: 1 };
  if (isListContent(content)) {
    const items = content.map((item) => exportValue(item, memo));
    return { content: { value: items.map((item) => item.value) }, size: totalSize(items) };
  }
  if (isMapContent(content)) {
    const entries = value.entries().map(([key, property]) => [key, exportValue(property, memo)] as const);
    const properties = recordOf(entries.map(([key, exported]) => [key, exported.value]));
    return { content: { value: properties }, size: totalSize(entries.map(([, exported]) => exported)) };
  }
  if (content instanceof ExactNumber)
    return { content: { value: Number(content.text), text: content.text }, size: 1 };
  return { content: { value: content }, size: 1 };
}

function totalSize(parts: readonly Exported[]): number {
  return parts.reduce((sum, part) => sum + part.size, 1);
}
