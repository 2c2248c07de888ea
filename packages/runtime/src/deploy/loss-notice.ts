import type { Plan } from '@sophia/core/deploy/plan';

import type { Annotation, Host } from '../host/host.ts';

/** Who uses a GitHub-hosted runner must know that its disk, and the journal on it, ends with the job. */
export function lossNotice(host: Host, journal: Plan['journal']): readonly Annotation[] {
  if (journal !== 'file' || host.variables['RUNNER_ENVIRONMENT'] !== 'github-hosted') return [];
  return [
    {
      level: 'notice',
      title: 'journal: file',
      message:
        'the journal is lost with this runner: a later job cannot resume or roll back from it; `journal: git-ref` can',
    },
  ];
}
