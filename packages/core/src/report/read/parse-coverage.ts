import type { Coverage } from './source.ts';
import { numberOf, walkXml } from './xml.ts';

const LCOV_SUMS = {
  LF: 'linesTotal',
  LH: 'linesCovered',
  BRF: 'branchesTotal',
  BRH: 'branchesCovered',
} as const;

type Sums = { -readonly [K in Exclude<keyof Coverage, 'tool'>]: number };
const noSums = (): Sums => ({ linesCovered: 0, linesTotal: 0, branchesCovered: 0, branchesTotal: 0 });

/** Reads an lcov tracefile (geninfo(1)): the sums of its records. */
export function parseLcov(source: string): Coverage {
  const sums = noSums();
  for (const line of source.split('\n')) {
    const [key, value] = line.trim().split(':', 2);
    if (key !== undefined && Object.hasOwn(LCOV_SUMS, key))
      sums[LCOV_SUMS[key as keyof typeof LCOV_SUMS]] += numberOf(value);
  }
  return { tool: 'lcov', ...sums };
}

const CONDITIONS = /\((\d+)\/(\d+)\)/;

/**
 * Reads Cobertura XML: the sums of the root where it has them, else what its lines say.
 *
 * @throws Error where the XML is broken
 */
export function parseCobertura(source: string): Coverage {
  const stated = noSums();
  const counted = noSums();
  let inMethods = 0;
  walkXml(source, {
    open({ name, attributes }) {
      if (name === 'methods') inMethods += 1;
      if (name === 'coverage') {
        stated.linesTotal = numberOf(attributes['lines-valid']);
        stated.linesCovered = numberOf(attributes['lines-covered']);
        stated.branchesTotal = numberOf(attributes['branches-valid']);
        stated.branchesCovered = numberOf(attributes['branches-covered']);
      }
      if (name !== 'line' || inMethods > 0) return;
      const conditions = CONDITIONS.exec(attributes['condition-coverage'] ?? '');
      counted.linesTotal += 1;
      counted.linesCovered += numberOf(attributes['hits']) > 0 ? 1 : 0;
      counted.branchesCovered += numberOf(conditions?.[1]);
      counted.branchesTotal += numberOf(conditions?.[2]);
    },
    text: () => undefined,
    close(name) {
      if (name === 'methods') inMethods -= 1;
    },
  });
  return { tool: 'Cobertura', ...(stated.linesTotal > 0 ? stated : counted) };
}
