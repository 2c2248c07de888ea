import { defineAction } from '@sophia/core/definition/action';
import { boolean, choice, lines, matching, multiline, secretText, text } from '@sophia/core/definition/input';

/** Inputs and outputs of pr-report (contract, section 3). */
export const definition = defineAction({
  name: 'pr-report',
  title: 'Sophia report',
  description:
    'Turns the reports of a run (and JUnit, CTRF, SARIF, coverage) into one comment that is updated in place, one step summary, and one HTML page.',
  branding: { icon: 'message-square', color: 'green' },
  post: false,
  inputs: {
    reports: lines({
      description:
        'Files to report on, one glob a line; what they are is told by their content. A line without a wildcard must be there. Default: where our actions write.',
    }),
    message: multiline({ description: 'Markdown to put on top.' }),
    'download-artifacts': boolean({
      description: "Whether reports are also taken out of the run's artifacts.",
      default: 'true',
    }),
    'artifact-pattern': text({
      description: 'Which artifacts, with `*` and `?`.',
      default: 'sophia-*',
    }),
    'run-id': matching(/^\d{1,15}$/, {
      expected: 'the number of a run, such as 123456789',
      description:
        'Report on this other run; its pull request and conclusion come from the API. For `workflow_run` that is the id in the event.',
    }),
    needs: multiline({ description: 'Results of the jobs before this one, as `toJSON(needs)` gives them.' }),
    comment: choice(['auto', 'always', 'never', 'on-change', 'on-failure'], {
      description:
        'When the comment is written: on a pull request (`auto`), also for a push whose commit has one (`always`), `never`, only if something changed, or only on failure (and then until it is green).',
      default: 'auto',
    }),
    number: matching(/^\d{1,10}$/, {
      expected: 'the number of a pull request, such as 12',
      description: 'Number of the pull request. Default: what the event says.',
    }),
    summary: boolean({ description: 'Whether the step summary is written.', default: 'true' }),
    'check-run': boolean({
      description: 'Whether a check run with annotations is written; needs `checks: write`.',
      default: 'false',
    }),
    dashboard: text({
      description:
        'A folder that gets a page for GitHub Pages: with `history` the dashboard over all runs and a page a run, else the page of this run.',
    }),
    marker: matching(/^[A-Za-z0-9._-]{1,64}$/, {
      expected: '1 to 64 letters, digits, ., _ and -',
      description: 'Which comment: runs with the same marker share one.',
      default: 'default',
    }),
    history: text({
      description:
        'Where runs are remembered, for the dashboard: `none`; `artifact` (in the artifacts of this action, with `actions: read`); `git-ref` (in `refs/sophia-history/<environment>`, with `contents: write`); or a folder, with one small file a run, to be committed in a later step.',
      default: 'none',
    }),
    'fail-on': choice(['never', 'failure'], {
      description: 'Whether a red verdict fails this step too.',
      default: 'never',
    }),
    'github-token': secretText({
      description: 'Writes the comment, with `pull-requests: write`. Without it there is the summary only.',
      default: '${{ github.token }}',
    }),
    'alert-issue': boolean({
      description:
        'Whether a red run of the default branch opens an issue, which the next red one updates and a green one closes; needs `issues: write`.',
      default: 'false',
    }),
    'alert-webhook': secretText({
      description:
        "Address that a red run of the default branch posts a message to, as Slack's incoming webhooks take it.",
    }),
    'alert-webhook-key': secretText({
      description:
        'Signs what is posted: HMAC-SHA256, in `x-sophia-signature`. Without it nothing is signed, which is enough for Slack.',
    }),
  },
  outputs: {
    'comment-id': 'Id of the comment; empty where there is none.',
    'comment-url': 'Address of the comment.',
    'dashboard-path': 'Path of the page in the folder `dashboard`.',
    mode: '`comment`, or `summary-only` where no comment was wanted or could be written.',
  },
});
