import { clip, MOST_DETAILS } from './source.ts';
import type { TestCase, TestRun, TestStatus } from './source.ts';
import { numberOf, walkXml } from './xml.ts';
import type { XmlEvents, XmlTag } from './xml.ts';

interface OpenCase {
  readonly tag: XmlTag;
  status: TestStatus;
  message: string;
}

/** Collects cases; the counts of a suite's attributes are not trusted, since tools disagree on what they count. */
class JUnitReader implements XmlEvents {
  readonly failures: TestCase[] = [];
  readonly counts: Record<TestStatus, number> = { passed: 0, failed: 0, skipped: 0 };
  tool = '';
  caseTimeMs = 0;
  readonly #suites: string[] = [];
  #open: OpenCase | undefined;
  #inFailure = false;

  open(tag: XmlTag): void {
    if (tag.name === 'testsuites') this.tool = tag.attributes['name'] ?? '';
    if (tag.name === 'testsuite') this.#suites.push(tag.attributes['name'] ?? '');
    if (tag.name === 'testcase') this.#open = { tag, status: 'passed', message: '' };
    const open = this.#open;
    if (open === undefined) return;
    if (tag.name === 'skipped') open.status = 'skipped';
    if (tag.name !== 'failure' && tag.name !== 'error') return;
    open.status = 'failed';
    this.#inFailure = true;
    open.message ||= tag.attributes['message'] ?? '';
  }

  text(text: string): void {
    const open = this.#open;
    if (open !== undefined && this.#inFailure && open.message.trim() === '') open.message = text;
  }

  close(name: string): void {
    if (name === 'testsuite') this.#suites.pop();
    if (name === 'failure' || name === 'error') this.#inFailure = false;
    if (name === 'testcase' && this.#open !== undefined) this.#finish(this.#open);
  }

  #finish({ tag, status, message }: OpenCase): void {
    this.#open = undefined;
    this.counts[status] += 1;
    const durationMs = numberOf(tag.attributes['time']) * 1_000;
    this.caseTimeMs += durationMs;
    if (status !== 'failed' || this.failures.length >= MOST_DETAILS) return;
    const line = numberOf(tag.attributes['line']);
    this.failures.push({
      suite: clip(tag.attributes['classname'] ?? this.#suites.at(-1) ?? ''),
      name: clip(tag.attributes['name'] ?? ''),
      status,
      durationMs,
      message: clip(message.trim()),
      file: clip(tag.attributes['file'] ?? ''),
      line: line > 0 ? line : undefined,
    });
  }
}

/**
 * Reads JUnit XML in all its dialects.
 *
 * @throws Error where the XML is broken
 */
export function parseJUnit(source: string): TestRun {
  const reader = new JUnitReader();
  walkXml(source, reader);
  return {
    tool: reader.tool || 'JUnit',
    ...reader.counts,
    durationMs: Math.round(reader.caseTimeMs),
    failures: reader.failures,
  };
}
