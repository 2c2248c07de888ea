import type { Report, ReportItem, ReportStatus } from '@sophia/core/report/envelope';

import type { Annotation } from './host.ts';

/** What a use case hands to its host: the verdict, and everything that is to be shown of it. */
export interface Outcome {
  readonly status: ReportStatus;
  /** True where the step passes in spite of its verdict or fails only by it (contract, section 3). */
  readonly passes: boolean;
  readonly environment: string;
  readonly deploymentId: string;
  readonly items: readonly ReportItem[];
  readonly metrics: Readonly<Record<string, number>>;
  /** One line for people. */
  readonly summary: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Fields at the top of the report beside the envelope's (the gate's, for readers of the old file). */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly annotations: readonly Annotation[];
  /** Where the report goes, from the working directory. */
  readonly reportFile: string;
  /** Files that belong into the artifact when `upload-artifact` is `all`: paths from the working directory. */
  readonly attachments: readonly string[];
  /** Files that go with the report into every artifact: paths from the working directory. */
  readonly companions: readonly string[];
  /** Markdown for the step summary; rendered from the report where it is absent, none where it gives nothing. */
  readonly renderMarkdown?: (report: Report) => string;
}

/** An outcome with what most of them share; a use case gives what is its own. */
export function outcome(
  own: Partial<Outcome> & Pick<Outcome, 'status' | 'passes' | 'reportFile' | 'summary'>,
): Outcome {
  return {
    environment: '',
    deploymentId: '',
    items: [],
    metrics: {},
    details: {},
    outputs: {},
    annotations: [],
    attachments: [],
    companions: [],
    ...own,
  };
}
