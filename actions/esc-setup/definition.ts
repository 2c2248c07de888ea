import { defineAction } from '@sophia/core/definition/action';
import { boolean, choice, matching, multiline, names, secretText, text } from '@sophia/core/definition/input';

/** Inputs and outputs of esc-setup (contract, section 3). */
export const definition = defineAction({
  name: 'esc-setup',
  title: 'Sophia ESC setup',
  description:
    'Opens a Pulumi ESC environment, proves that every required secret is there, and hands the values to later steps without leaking one.',
  branding: { icon: 'lock', color: 'blue' },
  post: true,
  needsConfiguration: (read) => read('esc-environment') === '',
  failureOutputs: { 'esc-status': 'failed', 'missing-secrets': '[]', exported: '[]', drift: '{}' },
  inputs: {
    'esc-environment': text({
      description:
        'The environment to open: `organisation/project/name`, with `@version` or `@tag` if wanted. Default: `esc.environment` of the configuration.',
    }),
    'access-token': secretText({
      description:
        'A Pulumi access token. Default: the variable `PULUMI_ACCESS_TOKEN`. Not needed with OIDC.',
    }),
    'cloud-url': text({
      description:
        'The backend, with port and path; https unless it is on this machine. Default: the variable `PULUMI_BACKEND_URL`, else `https://api.pulumi.com`.',
    }),
    'oidc-organization': matching(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, {
      expected: 'the name of an organisation: letters, digits, ., _ and -',
      description:
        "Exchange the job's OIDC token for a short-lived token of this Pulumi organisation, instead of a long-lived token. Needs `permissions: { id-token: write }`.",
    }),
    'oidc-requested-token-type': matching(
      /^(urn:pulumi:token-type:access_token:)?(organization|team|personal|runner)$/,
      {
        expected: 'organization, team, personal or runner',
        description: 'What the exchange asks for: `organization`, `team`, `personal` or `runner`.',
        default: 'organization',
      },
    ),
    'oidc-scope': text({
      description:
        'Whose token: `team:NAME`, `user:LOGIN` or `runner:NAME` for these types; for `organization` nothing, or `admin`.',
    }),
    'oidc-expiration': matching(/^\d+[smh]?$/, {
      expected: 'seconds, or a time such as 15m or 2h',
      description:
        "How long the exchanged token lives: `15m`, or seconds. Default: Pulumi Cloud's own (2 hours).",
    }),
    secrets: names({
      description:
        'Property paths that must hold. Default: all of the section `secrets`. A path without a rule there is required.',
    }),
    export: multiline({
      description:
        "Where the values go: `environment` (variables of later steps), `outputs` (masked outputs of this step), `none`, or lines `ENV_NAME=property.path`, which export these and nothing else. The words export the `secrets` rules and the environment's own `environmentVariables` and `files`.",
      default: 'environment',
    }),
    'github-secrets': multiline({
      description:
        'Lines `property.path=value` with values of GitHub secrets, to be compared with ESC in memory. An empty value counts as absent.',
    }),
    'on-missing': choice(['fail', 'warn'], {
      description:
        '`fail`: if anything required is missing, the step fails and nothing at all is exported. `warn`: what holds is exported.',
      default: 'fail',
    }),
    'allow-file': boolean({
      description: 'Allow `esc.file` of the configuration (a definition in the repository) in a job.',
      default: 'false',
    }),
  },
  outputs: {
    'esc-status':
      'Where the values come from: `connected`, `file`, `fallback` (ESC was out of reach, the variables were read), or `failed`.',
    'missing-secrets': 'JSON list of the property paths that were required and do not hold.',
    exported: 'JSON list of the names of variables (or outputs) that were set.',
    drift: 'JSON: property path to `match`, `differs`, `only-esc` or `only-github`.',
    revision:
      'The revision that was opened, as far as Pulumi Cloud tells, else the version that was asked for.',
  },
});
