/** The deployment's own inputs, parsed (contract, section 3). */
export interface DeployInputs {
  /** `all`, a phase's name, or `rollback`. */
  readonly phase: string;
  /** With `rollback`: `previous`, a finished deployment's id, or empty. */
  readonly to: string;
  readonly dryRun: boolean;
  readonly rollback: 'auto' | 'manual';
  readonly resume: 'auto' | 'never';
  /** Where the journal is kept; `configured`: as the configuration says. */
  readonly journal: 'configured' | 'file' | 'artifact' | 'git-ref';
  readonly planHash: string;
  readonly githubToken: string;
  readonly journalToken: string;
}
