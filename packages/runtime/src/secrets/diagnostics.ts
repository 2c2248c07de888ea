import { SophiaError } from '@sophia/core/errors';

import { readRange } from './read-properties.ts';
import { isObject } from './read-answer.ts';

/** What is wrong with a definition, and where, in one line. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** `environment:line:column path: message`, as far as known. */
  readonly text: string;
}

const LONGEST_TEXT = 300;
const MOST_SHOWN = 20;

interface Parts {
  readonly environment: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly path?: string | undefined;
  readonly message: string;
}

/** @returns a finding's place and words, in one line. */
export function renderFinding({ environment, line, column, path, message }: Parts): string {
  const place = line === undefined ? environment : `${environment}:${line}:${column ?? 1}`;
  const words = `${place}${path ? ` ${path}` : ''}: ${message}`.replace(/[\s\p{Cc}]+/gu, ' ');
  return words.length > LONGEST_TEXT ? `${words.slice(0, LONGEST_TEXT)}...` : words;
}

/** @returns the diagnostics of Pulumi Cloud, `{summary, path?, range?}` each; `environment` where one names none. */
export function readDiagnostics(json: unknown, environment: string): readonly string[] {
  const list = isObject(json) ? json['diagnostics'] : json;
  if (!Array.isArray(list)) return [];
  return list.filter(isObject).map(({ summary, path, range }) => {
    const at = readRange(range);
    return renderFinding({
      environment: at?.environment ?? environment,
      line: at?.begin.line,
      column: at?.begin.column,
      path: typeof path === 'string' ? path : undefined,
      message: typeof summary === 'string' ? summary : 'no words given',
    });
  });
}

/** @returns the error of a definition that cannot be evaluated, with every finding at its place. */
export function brokenEnvironment(name: string, findings: readonly string[]): SophiaError {
  const more = findings.length - MOST_SHOWN;
  const shown = [...findings.slice(0, MOST_SHOWN), ...(more > 0 ? [`and ${more} more`] : [])];
  return new SophiaError('configuration', {
    message: [`the ESC environment ${name} has errors`, ...shown].join('\n  '),
    hint: 'correct the definition at these places (line:column); nothing was exported',
    details: { findings: shown },
  });
}
