/** An outputs file larger than this is refused: outputs are short facts, and each becomes a variable. */
export const MOST_OUTPUT_BYTES = 1_000_000;

/** A value longer than this could not be passed to a later step: Linux takes 128 KiB a variable. */
const LONGEST_VALUE = 100_000;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What a step wrote to `$SOPHIA_OUTPUT`, or what is wrong with it. */
export type ParsedOutputs =
  | { readonly outputs: Readonly<Record<string, string>>; readonly undeclared: readonly string[] }
  | { readonly problem: string };

/**
 * Reads `name=value` lines and `name<<DELIMITER` blocks, as GitHub's own files have them.
 *
 * @param declared the names of the step's `outputs`; others are left out and listed as `undeclared`
 */
export function parseStepOutputs(text: string, declared: readonly string[]): ParsedOutputs {
  const all = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (line === '') continue;
    const entry = readEntry(lines, index);
    if ('problem' in entry) return { problem: `line ${index + 1} of $SOPHIA_OUTPUT: ${entry.problem}` };
    all.set(entry.name, entry.value);
    index = entry.last;
  }
  const outputs = Object.fromEntries([...all].filter(([name]) => declared.includes(name)));
  return { outputs, undeclared: [...all.keys()].filter((name) => !declared.includes(name)) };
}

type Entry =
  { readonly name: string; readonly value: string; readonly last: number } | { readonly problem: string };

function readEntry(lines: readonly string[], index: number): Entry {
  const line = lines[index] ?? '';
  const block = /^([^=<]+)<<(.+)$/.exec(line);
  const equals = line.indexOf('=');
  const name = block?.[1] ?? (equals < 0 ? '' : line.slice(0, equals));
  if (!NAME.test(name)) return { problem: 'expected name=value or name<<DELIMITER' };
  const delimiter = block?.[2];
  const last = delimiter === undefined ? index : lines.indexOf(delimiter, index + 1);
  if (last === -1) return { problem: `the block of ${name} has no end` };
  const value = delimiter === undefined ? line.slice(equals + 1) : lines.slice(index + 1, last).join('\n');
  if (value.length > LONGEST_VALUE) return { problem: `${name} is longer than ${LONGEST_VALUE} characters` };
  if (value.includes('\0')) return { problem: `${name} holds a zero byte` };
  return { name, value, last };
}
