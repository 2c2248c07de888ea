import { escKind, type EscValue } from '../esc/esc-value.ts';

/**
 * @returns the text that a value is exported as: a scalar as it is, null as nothing, a structure as JSON; or
 *   undefined if it is unknown, or anything in it is.
 */
export function exportText(value: EscValue): string | undefined {
  const kind = escKind(value);
  switch (kind.kind) {
    case 'unknown':
      return undefined;
    case 'null':
      return '';
    case 'scalar':
      return kind.text;
    case 'list':
    case 'map':
      return containsUnknown(value) ? undefined : jsonText(value);
  }
}

/** @returns the value as JSON with its keys in order and its numbers exact; what is unknown reads null. */
export function jsonText(value: EscValue): string {
  const kind = escKind(value);
  switch (kind.kind) {
    case 'unknown':
    case 'null':
      return 'null';
    case 'scalar':
      return typeof value.value === 'string' ? JSON.stringify(value.value) : kind.text;
    case 'list':
      return `[${kind.items.map(jsonText).join(',')}]`;
    case 'map': {
      const pairs = Object.entries(kind.entries).map(
        ([key, part]) => `${JSON.stringify(key)}:${jsonText(part)}`,
      );
      return `{${pairs.join(',')}}`;
    }
  }
}

/** @returns true if the value or anything in it is unknown. */
function containsUnknown(value: EscValue): boolean {
  return anyPart(value, (part) => part.unknown === true);
}

/** @returns true if the value or anything in it is a secret. */
export function containsSecret(value: EscValue): boolean {
  return anyPart(value, (part) => part.secret === true);
}

/** @returns true if the test holds for the value or for any value in it. */
export function anyPart(value: EscValue, test: (part: EscValue) => boolean): boolean {
  if (test(value)) return true;
  const kind = escKind(value);
  if (kind.kind === 'list') return kind.items.some((item) => anyPart(item, test));
  return kind.kind === 'map' && Object.values(kind.entries).some((part) => anyPart(part, test));
}
