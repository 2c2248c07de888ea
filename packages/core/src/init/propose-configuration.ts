import { stringify } from 'yaml';

import { SERVERS_FOLDER } from './repository-facts.ts';
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
      secrets: Object.fromEntries(
        // An account is a name, which logs may show.
        facts.secrets.map((path) => [path, path.endsWith('_account') ? { mask: false } : {}]),
      ),
    }),
    section('What the health gate asks, with a real call each.', {
      checks: Object.fromEntries([
        ...checks.map((kind) => [kind, { kind }] as const),
        ...(facts.secrets.length > 0 ? [['secrets', { kind: 'secrets' }] as const] : []),
      ]),
    }),
    ...(facts.registry === undefined && facts.servers.length === 0 ? [] : [fleetOf(facts)]),
    section('Phases run one after the other; a failed one undoes what came before it.', {
      deployment: { phases: phasesOf(facts) },
    }),
    section('What is merged over the above for each.', {
      environments: { production: {}, staging: {}, development: {} },
    }),
  ];
  return parts.join('\n');
}

/** What several registries say, only their owner can tell apart. */
const besides = (others: readonly string[]) =>
  others.length === 0
    ? ''
    : `# Not read: ${others.join(', ')}. \`sophia mcp validate --registry PATH\` says what is wrong in one.\n`;

/** The original's servers answer at /health; what they speak beside that, nobody can tell from outside. */
function fleetOf({ registry, otherRegistries, servers }: RepositoryFacts): string {
  const comment =
    servers.length === 0
      ? 'The fleet of MCP servers; say under `servers` how each starts.'
      : 'The fleet of MCP servers. Say under `health` what each speaks (mcp, sse or stdio), and `sophia mcp start` tries it.';
  const text = section(comment, {
    mcp: {
      ...(registry === undefined ? {} : { registry }),
      ...(servers.length === 0 ? {} : { root: SERVERS_FOLDER }),
      servers: Object.fromEntries(
        servers.map(({ name, command, priority, needs }) => [
          name,
          {
            command,
            ...(priority === undefined ? {} : { priority }),
            ...(needs.length === 0 ? {} : { needs }),
            health: { http: '/health' },
          },
        ]),
      ),
    },
  });
  return besides(otherRegistries) + text;
}

function phasesOf(facts: RepositoryFacts): readonly unknown[] {
  const gate = Object.keys(CHECK_OF_SECRET).some((secret) => facts.secrets.includes(secret));
  const { pulumi, dockerfile, vercelFolder, servers, pipeline } = facts;
  const infrastructure = {
    name: 'infrastructure',
    'working-directory': pulumi?.folder,
    steps: [
      ...(pulumi?.install ? [{ name: 'install', run: pulumi.install, undo: 'none' }] : []),
      {
        name: 'stack',
        run: 'pulumi up --yes --stack "sophia-ai-$SOPHIA_ENVIRONMENT"',
        secrets: ['PULUMI_ACCESS_TOKEN'],
      },
    ],
  };
  const backend = {
    name: 'backend',
    steps: [
      {
        name: 'image',
        run: `docker build ${dockerfile === 'Dockerfile' ? '' : `-f ${dockerfile ?? ''} `}-t "backend:$SOPHIA_DEPLOYMENT_ID" .`,
        undo: 'none',
      },
    ],
  };
  const frontend = {
    name: 'frontend',
    steps: [{ name: 'web', vercel: { 'working-directory': vercelFolder }, secrets: ['VERCEL_TOKEN'] }],
  };
  const tokens = [
    ...(pulumi === undefined ? [] : ['PULUMI_ACCESS_TOKEN']),
    ...(vercelFolder === undefined ? [] : ['VERCEL_TOKEN']),
  ];
  const prerequisites = { name: 'prerequisites', steps: [{ name: 'variables', 'require-env': tokens }] };
  const smoke = { name: 'smoke', run: pipeline.smoke, undo: 'none' };
  return [
    ...(tokens.length === 0 ? [] : [prerequisites]),
    ...(pulumi === undefined ? [] : [infrastructure]),
    ...(dockerfile === undefined ? [] : [backend]),
    ...(vercelFolder === undefined ? [] : [frontend]),
    ...(servers.length > 0 ? [{ name: 'mcp_servers', steps: [{ name: 'fleet', fleet: 'start' }] }] : []),
    ...(gate ? [{ name: 'health_checks', steps: [{ name: 'gate', gate: 'all' }] }] : []),
    ...(pipeline.smoke === undefined ? [] : [{ name: 'smoke_tests', steps: [smoke] }]),
  ];
}
