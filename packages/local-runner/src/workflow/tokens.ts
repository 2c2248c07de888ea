import type { MappingToken } from '@actions/workflow-parser/templates/tokens/mapping-token';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';
import {
  isBasicExpression,
  isMapping,
  isScalar,
  isSequence,
} from '@actions/workflow-parser/templates/tokens/type-guards';
import type { Position, Problem } from './problems.ts';

export { isBasicExpression, isMapping, isScalar, isSequence };
export type { TemplateToken };

/** Where a token stands; files are known by the reader, so the name is given. */
function positionOf(file: string, token: TemplateToken): Position {
  return { file, line: token.line ?? 1, column: token.col ?? 1 };
}

/** The pairs of a mapping; nothing for any other token (the schema has complained already). */
export function entriesOf(
  token: TemplateToken | undefined,
): { key: string; at: TemplateToken; value: TemplateToken }[] {
  if (!token || !isMapping(token)) return [];
  return [...iterate(token)].map((pair) => ({ key: pair.key.toString(), at: pair.key, value: pair.value }));
}

function* iterate(token: MappingToken) {
  for (let index = 0; index < token.count; index++) yield token.get(index);
}

/** @returns the value under a key of a mapping, if both exist. */
export function valueAt(token: TemplateToken | undefined, key: string): TemplateToken | undefined {
  return entriesOf(token).find((entry) => entry.key === key)?.value;
}

/** @returns the items of a sequence, or the one scalar as a list of one. */
export function itemsOf(token: TemplateToken | undefined): TemplateToken[] {
  if (!token) return [];
  if (!isSequence(token)) return [token];
  return Array.from({ length: token.count }, (_, index) => token.get(index));
}

/** @returns the text of a scalar literal; an expression or a collection has none before it is evaluated. */
export function literalText(token: TemplateToken | undefined): string | undefined {
  return token && isScalar(token) && token.isLiteral ? token.toString() : undefined;
}

/** Collects what is refused while a file is read. */
export class FileReport {
  readonly file: string;
  readonly problems: Problem[] = [];

  constructor(file: string) {
    this.file = file;
  }

  refuse(token: TemplateToken, message: string): void {
    this.problems.push({ ...positionOf(this.file, token), message });
  }

  at(token: TemplateToken): Position {
    return positionOf(this.file, token);
  }
}

/** Refuses each `${{ insert }}`, GitHub's key that spreads a mapping, wherever it stands. */
export function refuseInserts(token: TemplateToken | undefined, report: FileReport): void {
  if (token !== undefined && isSequence(token))
    for (const item of itemsOf(token)) refuseInserts(item, report);
  for (const { at, value } of entriesOf(token)) {
    if (at.isExpression && !isBasicExpression(at))
      report.refuse(at, "the key '${{ insert }}' is not supported locally");
    refuseInserts(value, report);
  }
}
