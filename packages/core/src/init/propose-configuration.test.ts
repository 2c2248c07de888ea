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
      }),
    );
    expect(sections.pipeline).toEqual({ setup: 'npm ci', quality: 'npm run lint', tests: 'npm test' });
    expect(Object.keys(sections.secrets)).toEqual(['db_password', 'openai_api_key']);
    expect(Object.keys(sections.checks)).toEqual(['openai', 'secrets']);
    expect(sections.mcp.registry).toBe('config/unified_mcp_port_registry.json');
    expect(sections.deployment.phases.map((phase) => phase.name)).toEqual([
      'infrastructure',
      'health_checks',
    ]);
    expect(sections.esc.environment).toBe('acme/default/sophia-ai-staging');
  });

  test('reads the secrets that the original wanted, and survives a broken manifest', () => {
    const { sections } = parse(
      propose({
        'package.json': '{',
        'scripts/ci/deployment_health_gate.py': 'required = ["openai_api_key", "gong_access_token"]',
      }),
    );
    expect(Object.keys(sections.checks)).toEqual(['gong', 'openai', 'secrets']);
  });
});
