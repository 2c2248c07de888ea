import type { Annotation, Host } from '../host/host.ts';
import type { Outcome } from '../host/outcome.ts';

/** Who reads of a GitHub-hosted runner must know that its disk, and the journal on it, ends with the job. */
export function lossNotice(host: Host, { outputs }: Outcome): readonly Annotation[] {
  if (host.variables['RUNNER_ENVIRONMENT'] !== 'github-hosted') return [];
  return [
    {
      level: 'notice',
      title: 'journal: file',
      message: `the journal ${outputs['journal-path'] ?? ''} is lost with this runner: a later run cannot resume or roll back from it`,
    },
  ];
}
