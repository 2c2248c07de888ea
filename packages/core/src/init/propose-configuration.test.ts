import { describe, expect, test } from '@jest/globals';

import { parseConfig } from '../config/parse-config.ts';
import { SECTION_NAMES } from '../config/schema.ts';
import { proposeConfiguration } from './propose-configuration.ts';
import { readFacts } from './repository-facts.ts';

const propose = (files: Record<string, string>) =>
  proposeConfiguration(readFacts(new Map(Object.entries(files))), 'acme');
const parse = (text: string) =>
  parseConfig({
    ...{ text, file: 'sophia.yml', environment: 'staging', deploymentId: 'd', nowMs: 0, variables: {} },
    sections: SECTION_NAMES,
  });

describe('a starting configuration', () => {
  test('of an empty repository holds, and says what could be there', () => {
    const text = propose({});
    expect(parse(text).sections.checks).toEqual({});
    expect(text).toContain('# What the jobs of the master workflow run');
  });

  test('has what the repository has', () => {
    const { sections } = parse(
      propose({
        'package.json': JSON.stringify({ scripts: { lint: 'eslint .', test: 'jest' } }),
        'package-lock.json': '{}',
        '.env.example': 'OPENAI_API_KEY=\nPORT=1\nDB_PASSWORD=x\n',
        'config/unified_mcp_port_registry.json': '{}',
        'infrastructure/Pulumi.yaml': 'name: x',
        'infrastructure/package.json': '{}',
        'Dockerfile.production': 'FROM scratch',
      }),
    );
    expect(sections.pipeline).toEqual({ setup: 'npm ci', quality: 'npm run lint', tests: 'npm test' });
    expect(Object.keys(sections.secrets)).toEqual(['db_password', 'openai_api_key', 'pulumi_access_token']);
    expect(Object.keys(sections.checks)).toEqual(['openai', 'pulumi', 'secrets']);
    expect(sections.mcp.registry).toBe('config/unified_mcp_port_registry.json');
    expect(sections.deployment.phases.map((phase) => phase.name)).toEqual([
      'prerequisites',
      'infrastructure',
      'backend',
      'health_checks',
    ]);
    // What is not there is not named: without a lockfile there is no `npm ci`.
    const [prerequisites, infrastructure, backend] = sections.deployment.phases;
    expect(prerequisites?.steps).toMatchObject([{ 'require-env': ['PULUMI_ACCESS_TOKEN'] }]);
    expect(infrastructure).toMatchObject({
      'working-directory': 'infrastructure',
      steps: [{ run: 'npm install' }, { name: 'stack' }],
    });
    expect(backend?.steps).toMatchObject([
      { run: 'docker build -f Dockerfile.production -t "backend:$SOPHIA_DEPLOYMENT_ID" .' },
    ]);
    expect(sections.esc.environment).toBe('acme/default/sophia-ai-staging');
  });

  test('reads the secrets that the original wanted, and survives a broken manifest', () => {
    const { sections } = parse(
      propose({
        'package.json': '{',
        'scripts/ci/deployment_health_gate.py':
          'required = ["openai_api_key", "gong_access_token", "snowflake_account"]',
      }),
    );
    expect(Object.keys(sections.checks)).toEqual(['gong', 'openai', 'secrets']);
    expect(sections.secrets).toMatchObject({
      gong_access_token: { mask: true },
      snowflake_account: { mask: false },
    });
  });

  test('takes over the fleet of the original, its order, and its workflow’s commands', () => {
    const text = propose({
      'config/unified_mcp_port_registry.json': '{}',
      'mcp-servers/ai_memory/ai_memory_mcp_server.py': '',
      'mcp-servers/ai_memory/README.md': '',
      'mcp-servers/linear/linear_mcp_server.py': '',
      'mcp-servers/codacy/server.js': '',
      'mcp-servers/notes/notes.txt': '',
      'scripts/start_all_mcp_servers.py': `SERVERS = {
  "ai_memory": {"port": 9000, "priority": 1, "dependencies": []},
  "linear": {"port": 9006, "priority": 3, "dependencies": ["ai_memory", "ghost"]},
}`,
      'scripts/deploy_sophia_production.py': 'run("python -m pytest tests/smoke/")',
      'frontend/vercel.json': '{}',
      '.github/workflows/sophia-master-deployment.yml': `jobs:
  quality:
    steps:
      - name: ruff check
        run: uv run ruff check . || true
      - run: |
          uv run bandit -r backend \${{ inputs.x }}
          uv run pytest tests/unit --cov`,
    });
    const { sections } = parse(text);
    expect(sections.pipeline).toEqual({
      quality: 'uv run ruff check .',
      tests: 'uv run pytest tests/unit --cov',
      smoke: 'python -m pytest tests/smoke',
    });
    expect(Object.keys(sections.mcp.servers)).toEqual(['ai_memory', 'linear', 'codacy']);
    expect(sections.mcp).toMatchObject({
      root: 'mcp-servers',
      servers: {
        ai_memory: {
          command: ['python', 'ai_memory_mcp_server.py'],
          priority: 1,
          health: { http: '/health' },
        },
        linear: { priority: 3, needs: ['ai_memory'] },
        codacy: { command: ['node', 'server.js'] },
      },
    });
    expect(Object.keys(sections.secrets)).toEqual(['vercel_token']);
    expect(sections.deployment.phases.map(({ name }) => name)).toEqual([
      ...['prerequisites', 'frontend', 'mcp_servers', 'health_checks', 'smoke_tests'],
    ]);
  });

  test('takes organisation, secrets and set-up from the workflow of the original, which ran smoke tests too', () => {
    const facts = readFacts(
      new Map([
        [
          '.github/workflows/sophia-master-deployment.yml',
          `env:
  PULUMI_ACCESS_TOKEN: \${{ secrets.PULUMI_ACCESS_TOKEN }}
  PULUMI_ORG: scoobyjava-org
  OPENAI_API_KEY: \${{ secrets.OPENAI_API_KEY }}
  SENTRY_DSN: \${{secrets.sentry_dsn}}
jobs:
  smoke: { steps: [{ run: uv sync }, { env: { T: "\${{ secrets.GITHUB_TOKEN }}" } }] }
  tests:
    steps:
      - run: uv sync
      - run: uv run pytest tests/smoke/ || true
      - run: uv run pytest tests/ -v`,
        ],
        ['scripts/ci/deployment_health_gate.py', 'report = {"status": "passed"}'],
      ]),
    );
    expect(facts).toMatchObject({
      organisation: 'scoobyjava-org',
      secrets: ['openai_api_key', 'sentry_dsn'],
      pipeline: { setup: 'uv sync', tests: 'uv run pytest tests/ -v' },
    });
  });

  test('takes nothing but the organisation from a caller of ours', () => {
    const caller = `jobs:
  deploy:
    uses: ai-cherry/sophia-actions/.github/workflows/master-deployment.yml@v1
    with: { oidc-organization: acme-two }
    secrets: { alert-webhook: "\${{ secrets.ALERT_WEBHOOK }}" }`;
    const facts = readFacts(new Map([['.github/workflows/sophia-master-deployment.yml', caller]]));
    expect(facts).toMatchObject({ organisation: 'acme-two', secrets: [], pipeline: {} });
  });

  test('reads one registry and names the others, also one of an unknown name', () => {
    const text = propose({
      'config/cursor_phase1_mcp_config.json': '',
      'config/mcp_ports.json': '',
      'config/x.json': '',
    });
    expect(parse(text).sections.mcp.registry).toBe('config/mcp_ports.json');
    expect(text).toContain('# Not read: config/cursor_phase1_mcp_config.json. ');
    expect(parse(propose({ 'config/my-mcp.json': '' })).sections.mcp.registry).toBe('config/my-mcp.json');
  });

  test('leaves out an order that goes in circles', () => {
    const { sections } = parse(
      propose({
        'mcp-servers/a/server.py': '',
        'mcp-servers/b/server.py': '',
        'scripts/start_all_mcp_servers.py': 'S(name="a", needs=["b"]), S(name="b", needs=["a"])',
      }),
    );
    expect(Object.values(sections.mcp.servers).map(({ needs }) => needs)).toEqual([[], []]);
  });
});
