import { defineAction } from '@sophia/core/definition/action';
import { boolean, choice, names, secretText, text } from '@sophia/core/definition/input';

/** Inputs and outputs of health-gate (contract, section 3). */
export const definition = defineAction({
  name: 'health-gate',
  title: 'Sophia health gate',
  description:
    'Asks every service that a deployment needs with a real call that costs nothing, and says in one line whether it can succeed, and if not, why.',
  branding: { icon: 'activity', color: 'green' },
  post: false,
  needsConfiguration: () => true,
  inputs: {
    checks: names({ description: 'Names of the checks to run. Default: all of the configuration.' }),
    'except-kinds': names({
      description: 'Kinds of check to leave out, such as `fleet` in a job that starts no fleet.',
    }),
    'fail-on': choice(['critical', 'warning', 'never'], {
      description:
        'What fails the gate: a failed critical check, a failed warning check too, or nothing (the verdict stays, the step passes).',
      default: 'critical',
    }),
    force: boolean({
      description:
        'Pass in spite of failures; needs `force-reason`, is recorded with the actor, and is refused on pull requests.',
      default: 'false',
    }),
    'force-reason': text({ description: 'Why the failures may be passed over.' }),
    history: text({
      description:
        'Where reports of earlier runs are found, for baselines and the rolling rate: `none`, `artifact` (the artifacts of earlier runs of this repository, read with `github-token`), or a folder of reports. What cannot be read is a warning and judges nothing.',
      default: 'none',
    }),
    'github-token': secretText({
      description: 'Reads earlier reports, with `actions: read`; only for `history: artifact`.',
    }),
  },
  outputs: {
    'pass-rate': 'Share of the judged checks that hold, 0 to 1.',
    score: 'Weighted score, 0 to 1: success 1, warning 0.5, else 0.',
    'failed-checks': 'JSON list of the checks that failed and are not explained by another.',
    'root-causes': 'JSON list of lines `name: message`, one a cause.',
  },
});
