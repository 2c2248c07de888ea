import { isJson, listAt, numberAt, textAt } from './json.ts';
import { clip, MOST_DETAILS } from './source.ts';
import type { Finding, FindingLevel, Findings } from './source.ts';

const LEVELS: Readonly<Record<string, FindingLevel>> = { error: 'error', warning: 'warning', note: 'note' };

/** SARIF 2.1.0, 3.27.10: without a level of its own a result has its rule's, and `warning` without that. */
function levelOf(result: unknown, ruleLevels: ReadonlyMap<string, string>): FindingLevel | undefined {
  const level = textAt(result, 'level') || ruleLevels.get(textAt(result, 'ruleId')) || 'warning';
  return LEVELS[level];
}

const isSuppressed = (result: unknown) =>
  listAt(result, 'suppressions').some((one) => ['', 'accepted'].includes(textAt(one, 'status')));

function finding(result: unknown, level: FindingLevel): Finding {
  const place = listAt(result, 'locations')[0];
  return {
    level,
    rule: clip(textAt(result, 'ruleId')),
    message: clip(textAt(result, 'message', 'text')),
    file: clip(textAt(place, 'physicalLocation', 'artifactLocation', 'uri')),
    line: numberAt(place, 'physicalLocation', 'region', 'startLine'),
  };
}

function findingsOfRun(run: unknown): readonly Finding[] {
  const rules = listAt(run, 'tool', 'driver', 'rules').map(
    (rule) => [textAt(rule, 'id'), textAt(rule, 'defaultConfiguration', 'level')] as const,
  );
  const levels = new Map(rules);
  return listAt(run, 'results').flatMap((result) => {
    const level = levelOf(result, levels);
    return level === undefined || isSuppressed(result) ? [] : [finding(result, level)];
  });
}

const RANK: Readonly<Record<FindingLevel, number>> = { error: 0, warning: 1, note: 2 };

/** Reads SARIF 2.1.0; the worst findings come first. */
export function parseSarif(document: unknown): Findings {
  const runs = listAt(document, 'runs').filter(isJson);
  const results = runs.flatMap(findingsOfRun);
  const count = (level: FindingLevel) => results.filter((result) => result.level === level).length;
  const tools = runs.map((run) => textAt(run, 'tool', 'driver', 'name')).filter((name) => name !== '');
  return {
    tool: clip([...new Set(tools)].join(', ')) || 'SARIF',
    errors: count('error'),
    warnings: count('warning'),
    notes: count('note'),
    results: results.toSorted((a, b) => RANK[a.level] - RANK[b.level]).slice(0, MOST_DETAILS),
  };
}
