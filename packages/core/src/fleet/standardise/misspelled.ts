import { distance } from 'fastest-levenshtein';

/**
 * A guess that is written to a file must be surer than one that is only offered: one letter wrong, missing, too many or
 * two of them swapped, and nobody else as near. Names with other digits are other servers: `gong_v2` is no `gong_v1`.
 *
 * @returns the known name that was meant, if there is no doubt
 */
export function misspelled(name: string, known: readonly string[]): string | undefined {
  const near = known.filter((candidate) => isSlip(name.toLowerCase(), candidate.toLowerCase()));
  return near.length === 1 ? near[0] : undefined;
}

const SHORTEST = 4;

const digits = (text: string) => text.replace(/\D+/g, ' ');
const letters = (text: string) => [...text].sort().join('');

function isSlip(name: string, candidate: string): boolean {
  if (Math.min(name.length, candidate.length) < SHORTEST || digits(name) !== digits(candidate)) return false;
  const edits = distance(name, candidate);
  return edits <= 1 || (edits === 2 && letters(name) === letters(candidate));
}

/** Fields of registries that mean something to a fleet; all others are not ours to correct. */
const FIELDS = [
  ...['port', 'command', 'args', 'transport', 'host', 'priority', 'needs', 'depends_on', 'dependencies'],
  ...['health_port', 'health_endpoint', 'metrics_port'],
];

/** What other tools call them. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  ...{ portnumber: 'port', listenport: 'port', serverport: 'port', cmd: 'command', arguments: 'args' },
  ...{ workingdirectory: 'cwd', workingdir: 'cwd', workdir: 'cwd', dependson: 'depends_on' },
  ...{ environment: 'env', environmentvariables: 'env', envvars: 'env', healthport: 'health_port' },
};

/** @returns the field that an unknown one means; undefined where that is not sure, or the entry has it already */
export function meantField(field: string, beside: readonly string[]): string | undefined {
  const bare = field.toLowerCase().replace(/[_-]/g, '');
  // `ports` may be a list of several: a plural is another field, no slip.
  const isPlural = FIELDS.includes(field.replace(/s$/i, '').toLowerCase());
  const meant = OTHER_WORDS[bare] ?? (isPlural ? undefined : misspelled(field, FIELDS));
  return meant === undefined || beside.includes(meant) || !beside.includes(field) ? undefined : meant;
}
