import { messageOf } from '../../errors.ts';
import { parseReport } from '../report-schema.ts';
import { isJson, listAt, parseJson, textAt } from './json.ts';
import { parseCobertura, parseLcov } from './parse-coverage.ts';
import { parseCtrf } from './parse-ctrf.ts';
import { parseJournalText } from './parse-journal.ts';
import { parseWorkflow } from './parse-jobs.ts';
import { parseJUnit } from './parse-junit.ts';
import { parseSarif } from './parse-sarif.ts';
import { clip } from './source.ts';
import type { Reading, SourceFile } from './source.ts';
import { rootElement } from './xml.ts';

const LONGEST_WHY = 300;
const unreadable = (why: string): Reading => ({ format: 'unreadable', why: clip(why, LONGEST_WHY) });
const unknown = (why: string): Reading => ({ format: 'unknown', why: clip(why, LONGEST_WHY) });

/** Tells what a file is by its content, never by its name, and reads it. A broken file is a value, not an error. */
export function readSource({ text }: SourceFile): Reading {
  const start = text.replace(/^\uFEFF/, '').trimStart();
  if (start === '') return unreadable('the file is empty');
  try {
    if (start.startsWith('{') || start.startsWith('[')) return readJson(start);
    if (start.startsWith('<')) return readXml(start);
    if (/^(TN|SF):/m.test(start) && start.includes('end_of_record'))
      return { format: 'coverage', coverage: parseLcov(start) };
  } catch (error) {
    return unreadable(messageOf(error));
  }
  return unknown('neither JSON, XML nor lcov');
}

function readJson(text: string): Reading {
  const parsed = parseJson(text);
  if (parsed === undefined) return readLines(text);
  const document = parsed.value;
  if (!isJson(document)) return unknown('JSON, but no report');
  if (textAt(document, 'schema').startsWith('sophia-report/')) return readOurs(document);
  if (Array.isArray(document['runs']) && typeof document['version'] === 'string')
    return { format: 'findings', findings: parseSarif(document) };
  if (isJson(document['results']) && Array.isArray(document['results']['tests']))
    return { format: 'tests', tests: parseCtrf(document) };
  if (Array.isArray(document['jobs']) && listAt(document, 'jobs').every((job) => textAt(job, 'id') !== ''))
    return { format: 'workflow', workflow: parseWorkflow(document) };
  return readLines(text);
}

function readOurs(document: unknown): Reading {
  const parsed = parseReport(document);
  return 'report' in parsed ? { format: 'report', report: parsed.report } : unreadable(parsed.problem);
}

/** One JSON document a line is a journal; a single line may also be one that was killed early. */
function readLines(text: string): Reading {
  const journal = parseJournalText(text);
  if (journal !== undefined) return { format: 'journal', journal };
  return parseJson(text) === undefined ? unreadable('broken JSON') : unknown('JSON, but no report');
}

function readXml(text: string): Reading {
  const root = rootElement(text);
  if (root === 'testsuites' || root === 'testsuite') return { format: 'tests', tests: parseJUnit(text) };
  if (root === 'coverage') return { format: 'coverage', coverage: parseCobertura(text) };
  return unknown(root === '' ? 'neither JSON, XML nor lcov' : `XML of the kind <${root}>`);
}
