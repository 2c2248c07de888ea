import { escKind, type EscProperties, type EscValue } from './esc-value.ts';

/** One variable or file that an environment asks for; the text is what it holds. */
export interface Projected {
  readonly name: string;
  readonly text: string;
  readonly secret: boolean;
}

/** What an environment asks for, and what of it has no text. */
export interface Projection {
  readonly entries: readonly Projected[];
  readonly refused: readonly { readonly name: string; readonly reason: 'unknown' | 'not-a-scalar' }[];
}

/** An evaluation of a local file, or the answer of Pulumi Cloud. */
interface HasProperties {
  readonly properties: EscProperties;
}

/**
 * @returns the scalars under `environmentVariables`, null as the empty string, as Pulumi ESC projects them.
 * Structures and unknown values are refused by name.
 */
export function environmentVariables(evaluation: HasProperties): Projection {
  return project(evaluation, 'environmentVariables');
}

/** @returns the scalars under `files`: the variable that will hold the path, and the file's content. */
export function files(evaluation: HasProperties): Projection {
  return project(evaluation, 'files');
}

function project({ properties }: HasProperties, section: string): Projection {
  const root = Object.hasOwn(properties, section) ? properties[section] : undefined;
  const kind = root && escKind(root);
  if (kind?.kind !== 'map') return { entries: [], refused: [] };
  // A map that is secret as a whole (decoded from a secret) has only secret members, whatever they say.
  const isSecret = root?.secret === true;
  const entries: Projected[] = [];
  const refused: Projection['refused'][number][] = [];
  for (const [name, value] of Object.entries(kind.entries)) {
    const text = scalarText(value);
    if (text !== undefined) entries.push({ name, text, secret: isSecret || value.secret === true });
    else refused.push({ name, reason: value.unknown === true ? 'unknown' : 'not-a-scalar' });
  }
  return { entries, refused };
}

function scalarText(value: EscValue): string | undefined {
  const kind = escKind(value);
  if (kind.kind === 'null') return '';
  return kind.kind === 'scalar' ? kind.text : undefined;
}
