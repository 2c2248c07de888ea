/** A shell that GitHub knows by name; `{0}` in its command is the script's path. */
export interface Shell {
  readonly command: string;
  readonly extension: string;
}

/** The flags are GitHub's (docs: jobs.<job_id>.steps[*].shell). */
const SHELLS: Readonly<Record<string, Shell>> = {
  bash: { command: 'bash --noprofile --norc -e -o pipefail {0}', extension: '.sh' },
  sh: { command: 'sh -e {0}', extension: '.sh' },
  python: { command: 'python {0}', extension: '.py' },
};

/** Without `shell` a script runs in bash without pipefail, or in sh where there is no bash. */
export function defaultShell(hasBash: boolean): Shell {
  return { command: hasBash ? 'bash -e {0}' : 'sh -e {0}', extension: '.sh' };
}

/** @returns the shell of a name or of a command with `{0}`; undefined for one that is not supported. */
export function findShell(text: string): Shell | undefined {
  if (Object.hasOwn(SHELLS, text)) return SHELLS[text];
  return text.includes('{0}') ? { command: text, extension: '' } : undefined;
}
