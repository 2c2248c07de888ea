import { defineAction } from '@sophia/core/definition/action';
import { boolean, choice, matching, secretText, text } from '@sophia/core/definition/input';

/** Inputs and outputs of deploy-phase (contract, section 3). */
export const definition = defineAction({
  name: 'deploy-phase',
  title: 'Sophia deploy phase',
  description:
    'Runs the phases of a deployment as a saga: planned, journaled before it acts, resumable, and rolled back on failure and on cancel.',
  branding: { icon: 'upload-cloud', color: 'purple' },
  post: true,
  needsConfiguration: (read) => read('phase') !== 'rollback',
  inputs: {
    phase: text({
      description:
        'What to run: `all`, the name of one phase (what it needs is taken to be there), or `rollback`, which undoes an unfinished or failed deployment and does nothing where there is none.',
      default: 'all',
    }),
    to: matching(/^[A-Za-z0-9._-]{1,128}$/, {
      expected: 'the id of a deployment, or previous',
      description:
        'With `phase: rollback`: go back to the state after this finished deployment, or `previous` for the one before the last. A new deployment undoes the later ones step by step, from their journals.',
    }),
    'dry-run': boolean({
      description: 'Print the plan; start, change and contact nothing.',
      default: 'false',
    }),
    rollback: choice(['auto', 'manual'], {
      description: 'Whether a failure is rolled back at once, or left for `phase: rollback`.',
      default: 'auto',
    }),
    resume: choice(['auto', 'never'], {
      description: 'Whether an unfinished journal of the same deployment id is continued, or refused.',
      default: 'auto',
    }),
    journal: choice(['configured', 'file', 'artifact', 'git-ref'], {
      description:
        'Where the journal is kept, in place of what the configuration says. `artifact` keeps it beyond the job, for later attempts and runs; `git-ref` is also the lock of the environment, and outlives the runner.',
      default: 'configured',
    }),
    'plan-hash': matching(/^[0-9a-f]{64}$/, {
      expected: 'the 64 hexadecimal digits that the dry run gave',
      description:
        'Run only the plan with this hash (an output of the dry run). It covers plan, commit and configuration.',
    }),
    'github-token': secretText({
      description:
        'Records the deployment on GitHub, with `deployments: write`. Without it, nothing is recorded; trouble is a warning.',
    }),
    'journal-token': secretText({
      description:
        'For `journal: git-ref`, with `contents: write`, or `journal: artifact`, with `actions: read`. Default: `github-token`.',
    }),
  },
  outputs: {
    'deployment-id': 'The deployment that ran; of a rollback `to` an earlier one, the new one.',
    'failed-step': 'The step that failed, as `phase/step`; empty where none did.',
    'journal-path': 'Path of the journal.',
    'log-path': 'Path of the readable log.',
    'duration-ms': 'How long it took, in milliseconds.',
    'plan-hash': 'SHA-256 over plan, commit and configuration.',
    pipeline:
      "JSON of the configuration's `pipeline` section, of a dry run: the commands of the master workflow's other jobs.",
  },
});
