import type { EscProperties, EscValue } from '@sophia/core/esc/esc-value';
import { escKind } from '@sophia/core/esc/esc-value';
import { formatPropertyPath } from '@sophia/core/secrets/property-path';
import type { PropertyPath } from '@sophia/core/secrets/property-path';

/** More than these are not searched for the one that was meant. */
const MOST_PATHS = 1_000;

/** @returns the property paths of an environment: its maps and everything in them, the first thousand. */
export function pathsOf(properties: EscProperties): readonly string[] {
  const paths: string[] = [];
  const walk = (entries: EscProperties, above: PropertyPath): void => {
    for (const [key, value] of Object.entries(entries)) {
      if (paths.length >= MOST_PATHS) return;
      const path = [...above, key];
      paths.push(formatPropertyPath(path));
      walk(mapOf(value), path);
    }
  };
  walk(properties, []);
  return paths;
}

function mapOf(value: EscValue): EscProperties {
  const kind = escKind(value);
  return kind.kind === 'map' ? kind.entries : {};
}
