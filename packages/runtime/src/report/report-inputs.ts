/** When a comment is written; `auto` and the rules of `on-...` apply to pull requests (contract, section 3). */
export type CommentMode = 'auto' | 'always' | 'never' | 'on-change' | 'on-failure';

/** Inputs of pr-report, parsed (contract, section 3). */
export interface ReportInputs {
  readonly reports: readonly string[];
  readonly message: string;
  readonly downloadArtifacts: boolean;
  readonly artifactPattern: string;
  readonly runId: string;
  readonly needs: string;
  readonly comment: CommentMode;
  readonly number: string;
  readonly summary: boolean;
  readonly checkRun: boolean;
  readonly dashboard: string;
  readonly marker: string;
  readonly history: string;
  readonly failOn: 'never' | 'failure';
  readonly githubToken: string;
  readonly alertIssue: boolean;
  readonly alertWebhook: string;
  readonly alertWebhookKey: string;
}
