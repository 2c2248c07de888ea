import type { Located } from '../../config/located.ts';
import { toPlain } from '../../config/located.ts';
import type { PortRange } from './registry.ts';

const whole = (value: unknown) => (typeof value === 'number' && Number.isInteger(value) ? value : undefined);

function fromText(name: string, text: string): readonly PortRange[] | undefined {
  const ranges = text.split(',').map((part) => {
    const match = /^\s*(\d+)\s*(?:(?:-|–|\.\.|to)\s*(\d+)\s*)?$/.exec(part);
    if (match === null) return undefined;
    const from = Number(match[1]);
    return { name, from, to: match[2] === undefined ? from : Number(match[2]) };
  });
  return ranges.every((range) => range !== undefined) ? ranges : undefined;
}

/**
 * Reads a range of ports in any form that registries have: `"9000-9099"`, `"80, 443"`, `[9000, 9099]`,
 * `{start, end}`, `{min, max}`, `{from, to}`, `{range: ...}`.
 *
 * @returns undefined where it is none of these, or upside down
 */
export function parseRanges(name: string, node: Located): readonly PortRange[] | undefined {
  const ranges = rangesOf(name, node);
  return ranges?.every(({ from, to }) => from <= to) === true ? ranges : undefined;
}

function rangesOf(name: string, node: Located): readonly PortRange[] | undefined {
  const value = toPlain(node);
  if (typeof value === 'string') return fromText(name, value);
  if (Array.isArray(value)) {
    const [from, to, ...others] = value.map(whole);
    return from === undefined || to === undefined || others.length > 0 ? undefined : [{ name, from, to }];
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const map = value as Readonly<Record<string, unknown>>;
  if (typeof map['range'] === 'string') return fromText(name, map['range']);
  const from = whole(map['start'] ?? map['min'] ?? map['from']);
  const to = whole(map['end'] ?? map['max'] ?? map['to']);
  return from === undefined || to === undefined ? undefined : [{ name, from, to }];
}

export const inRange = (port: number, range: PortRange) => port >= range.from && port <= range.to;
