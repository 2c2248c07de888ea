import { stringify } from 'yaml';

import type { RepositoryFacts } from './repository-facts.ts';

/** Secrets whose service the health gate can ask. */
const CHECK_OF_SECRET: Readonly<Record<string, string>> = {
  openai_api_key: 'openai',
  anthropic_api_key: 'anthropic',
  pinecone_api_key: 'pinecone',
  gong_access_token: 'gong',
  snowflake_private_key: 'snowflake',
  snowflake_token: 'snowflake',
  snowflake_password: 'snowflake',
  vercel_token: 'vercel',
  pulumi_access_token: 'pulumi',
};

const SCHEMA = 'https://raw.githubusercontent.com/ai-cherry/sophia-actions/v1/schemas/sophia.schema.json';

const yaml = (value: unknown) => stringify(value, { lineWidth: 0 }).trimEnd();
const section = (comment: string, value: Readonly<Record<string, unknown>>) =>
  `# ${comment}\n${yaml(value)}\n`;

/**
 * @param organisation the Pulumi organisation, as far as it is known
 * @returns the text of a starting `.github/sophia.yml`: what the repository has, and comments on what is missing
 */
export function proposeConfiguration(facts: RepositoryFacts, organisation: string): string {
  const checks = facts.secrets.flatMap((secret) => CHECK_OF_SECRET[secret] ?? []);
  const parts = [
    `# yaml-language-server: $schema=${SCHEMA}\nversion: 1\n`,
    Object.keys(facts.pipeline).length === 0
      ? '# What the jobs of the master workflow run: setup, quality, security, tests, smoke.\npipeline: {}\n'
      : section('What the jobs of the master workflow run.', { pipeline: facts.pipeline }),
    section('The Pulumi ESC environment of each environment below.', {
      esc: { environment: `${organisation}/default/${'sophia-ai-${SOPHIA_ENVIRONMENT}'}` },
    }),
    section('What must be there: property path to rule. Values are never here.', {
      secrets: Object.fromEntries(facts.secrets.map((path) => [path, {}])),
    }),
    section('What the health gate asks, with a real call each.', {
      checks: Object.fromEntries([
        ...checks.map((kind) => [kind, { kind }] as const),
        ...(facts.secrets.length > 0 ? [['secrets', { kind: 'secrets' }] as const] : []),
      ]),
    }),
    ...(facts.registry === undefined
      ? []
      : [
          section('The fleet of MCP servers; say under `servers` how each starts.', {
            mcp: { registry: facts.registry, servers: {} },
          }),
        ]),
    section('Phases run one after the other; a failed one undoes what came before it.', {
      deployment: { phases: phasesOf(facts) },
    }),
    section('What is merged over the above for each.', {
      environments: { production: {}, staging: {}, development: {} },
    }),
  ];
  return parts.join('\n');
}

function phasesOf(facts: RepositoryFacts): readonly unknown[] {
  const gate = Object.keys(CHECK_OF_SECRET).some((secret) => facts.secrets.includes(secret));
  const infrastructure = {
    name: 'infrastructure',
    'working-directory': 'infrastructure',
    steps: [
      { name: 'install', run: 'npm ci', undo: 'none' },
      {
        name: 'stack',
        run: 'pulumi up --yes --stack "sophia-ai-$SOPHIA_ENVIRONMENT"',
        secrets: ['PULUMI_ACCESS_TOKEN'],
      },
    ],
  };
  const backend = {
    name: 'backend',
    steps: [{ name: 'image', run: 'docker build -t "backend:$SOPHIA_DEPLOYMENT_ID" .', undo: 'none' }],
  };
  return [
    ...(facts.hasPulumiProgram ? [infrastructure] : []),
    ...(facts.hasDockerfile ? [backend] : []),
    ...(gate ? [{ name: 'health_checks', steps: [{ name: 'gate', gate: 'all' }] }] : []),
  ];
}
