import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startServices, variablesOf } from '@sophia/standins/all-services';
import type { Services } from '@sophia/standins/all-services';

import { runBundle } from './run-bundle.ts';

let services: Services;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => Promise.all(Object.values(services).map((service) => service.close())));

interface Item {
  readonly name: string;
  readonly status: string;
  readonly category: string | null;
  readonly message: string;
  readonly hint: string;
}

/** Runs the bundle over these checks, one attempt each. @returns a line a check: what a reader of the report sees */
async function answers(kinds: readonly string[]): Promise<readonly string[]> {
  const checks = Object.fromEntries(kinds.map((kind) => [kind, { kind, retries: 0, timeout: '2s' }]));
  const run = await runBundle({
    action: 'health-gate',
    inputs: { 'config-inline': JSON.stringify({ version: 1, gate: { canaries: [] }, checks }) },
    variables: { ...variablesOf(services), SNOWFLAKE_TOKEN: 'pat-fake' },
  });
  for (const service of Object.values(services)) service.recover();
  const report = JSON.parse(await readFile(run.outputs['report-path'] ?? '', 'utf8')) as { items: Item[] };
  return report.items.map(
    ({ name, status, category, message, hint }) => `${name}: ${status} ${category} | ${message} | ${hint}`,
  );
}

const NAMES = ['openai', 'anthropic', 'pinecone', 'snowflake', 'gong', 'vercel', 'pulumi'] as const;

/** The table of docs/health-gate.md: what each service's status, code and transport fault means. */
describe('the bundle of health-gate says what each answer of each service means', () => {
  test.each([
    401,
    402,
    403,
    404,
    429,
    500,
    503,
    418,
    'reset',
    'truncated',
    'malformed',
    'html',
    'silence',
  ] as const)('%s', async (mode) => {
    for (const name of NAMES) services[name].fail(mode, { retryAfterSeconds: 0 });
    const lines = await answers(NAMES);
    for (const line of lines) {
      expect(line).toMatch(/^\w+: (failure|warning) [a-z-]+ \| .+ \| .+$/);
      expect(line.includes('warning')).toBe(line.includes('rate-limited'));
    }
    expect(lines).toMatchSnapshot();
  });

  test.each([
    ['openai', 'insufficient_quota', 'billing'],
    ['openai', 'unsupported_country_region_territory', 'forbidden'],
    ['anthropic', 'credit_balance_too_low', 'billing'],
    ['anthropic', 'usage_limits', 'billing'],
    ['anthropic', 'enforced_spend_limit_reached', 'billing'],
    ['anthropic', 529, 'server-error'],
    ['snowflake', 'incorrect_username_password', 'unauthorized'],
    ['snowflake', 'user_locked', 'unauthorized'],
    ['snowflake', 'jwt_invalid', 'unauthorized'],
    ['snowflake', 'network_policy', 'forbidden'],
    ['snowflake', 'token_invalid', 'unauthorized'],
    ['snowflake', 'no_active_warehouse', 'configuration'],
  ] as const)('%s: %s is %s', async (name, mode, category) => {
    const path = mode === 'no_active_warehouse' ? { path: '/queries' } : {};
    (services[name].fail as (mode: string | number, options: object) => void)(mode, path);
    const [line = ''] = await answers([name]);
    expect(line).toContain(`${name}: failure ${category} | `);
    expect(line).toMatchSnapshot();
  });
});
