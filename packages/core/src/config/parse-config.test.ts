import { describe, expect, test } from '@jest/globals';

import { SophiaError } from '../errors.ts';
import { parseConfig } from './parse-config.ts';
import type { ConfigRequest } from './parse-config.ts';
import type { SectionName } from './schema.ts';

const ALL: readonly SectionName[] = ['pipeline', 'esc', 'secrets', 'checks', 'gate', 'mcp', 'deployment'];

function parse(text: string, request: Partial<ConfigRequest<SectionName>> = {}) {
  return parseConfig({
    ...{ text, file: 'sophia.yml', environment: '', deploymentId: '', nowMs: 1_700_000_000_000 },
    ...{ variables: {}, sections: ALL },
    ...request,
  });
}

function refusal(text: string, request: Partial<ConfigRequest<SectionName>> = {}): readonly string[] {
  try {
    parse(text, request);
  } catch (error) {
    if (error instanceof SophiaError) return error.message.split('\n');
    throw error;
  }
  throw new Error('it was accepted');
}

test('a megabyte of references that never close is text, and read in no more than its length', () => {
  const text = '${A:-'.repeat(200_000);
  const { sections } = parse(`checks: { a: { kind: http, url: "http://localhost/${text}" } }`);
  expect(sections.checks['a']).toMatchObject({ url: `http://localhost/${text}` });
  const closed = parse('checks: { a: { kind: http, url: "http://localhost/${A:-a$b{c}" } }');
  expect(closed.sections.checks['a']).toMatchObject({ url: 'http://localhost/a$b{c' });
});

describe('defaults of the contract', () => {
  test('an empty file is a configuration with all defaults', () => {
    const { sections, environment, deploymentId } = parse('');
    expect(environment).toBe('default');
    expect(deploymentId).toBe('sophia-default-1700000000');
    expect(sections.gate).toMatchObject({ timeout: 60_000, concurrency: 16 });
    expect(sections.deployment).toMatchObject({
      timeout: 900_000,
      'rollback-timeout': 300_000,
      journal: 'file',
    });
    expect(sections.mcp).toMatchObject({ 'start-timeout': 120_000, 'port-offset': 0 });
  });

  test('a server, a step and a check have theirs', () => {
    const { sections } = parse(`
mcp: { servers: { a: { command: node a.js } } }
deployment: { phases: [{ name: p, steps: [{ name: s, run: 'true' }] }] }
checks: { c: { kind: http, url: 'http://x' } }
`);
    expect(sections.mcp.servers['a']).toMatchObject({
      command: ['node', 'a.js'],
      critical: true,
      health: { mcp: '/mcp' },
      restart: { limit: 5, window: 120_000 },
      'ready-timeout': 30_000,
      'stop-timeout': 5_000,
    });
    expect(sections.deployment.phases[0]?.steps[0]).toMatchObject({ timeout: 600_000, retries: 0 });
    expect(sections.checks['c']).toMatchObject({
      severity: 'critical',
      timeout: 10_000,
      retries: 2,
      weight: 1,
    });
  });
});

describe('errors', () => {
  test('all come at once, in the order of the lines, each with its place and the nearest name', () => {
    expect(
      refusal(`version: 1
checks:
  a: { kind: htp, url: x }
  b: { kind: http, url: x, severty: warning, timeout: 5 }
  c: { kind: http, url: x, needs: [bb] }
mcp:
  servers:
    x: { command: [node], port: 9000, needs: [y] }
    y: { command: [node], port: 9000, needs: [x] }
gat: {}
`),
    ).toEqual([
      'sophia.yml:3:8: checks.a.kind: unknown kind "htp"; did you mean "http"?; expected one of snowflake, openai, anthropic, pinecone, gong, vercel, pulumi, http, tcp, dns, tls, postgres, redis, docker, kubernetes, mcp, fleet, command, secrets',
      'sophia.yml:4:28: checks.b: unknown key "severty"; did you mean "severity"?',
      'sophia.yml:4:46: checks.b.timeout: expected a duration such as 500ms, 10s, 5m or 1h',
      'sophia.yml:8:39: cycle: x needs y needs x',
      'sophia.yml:9:27: port 9000 belongs to "x" already: give "y" another',
      'sophia.yml:10:1: unknown key "gat"; did you mean "gate"?',
    ]);
  });

  test.each([
    ['checks: [', /sophia\.yml:\d+:\d+: /],
    ['a: 1\na: 2', /2:1: Map keys must be unique/],
    ['- a', /1:1: expected a map of sections/],
    ['version: 2', /1:10: expected version 1/],
    ['checks: { a: { kind: http, url: x, needs: [b] } }', /check "a" needs "b", which does not exist/],
    [
      'checks: { a: { kind: tcp, host: x, port: 70000 } }',
      /checks\.a\.port: expected a whole number from 1 to 65535/,
    ],
    ['checks: { a: { kind: http } }', /checks\.a\.url: is required|expected text/],
    ['checks: { a: { kind: command } }', /expected exactly one of run/],
    ['gate: { minimum-score: 2 }', /gate\.minimum-score/],
    ['secrets: { a: { pattern: "(" } }', /expected a regular expression/],
    ['secrets: { a.b: {}, a-b: {} }', /"a\.b" and "a-b" both become A_B/],
    ['deployment: { timeout: 5m, rollback-timeout: 5m }', /rollback-timeout must be shorter/],
    ['deployment: { phases: [{ name: ../x }] }', /expected a name of letters/],
    ['deployment: { phases: [{ name: a }, { name: a }] }', /two phases are named "a"/],
    [
      'deployment: { phases: [{ name: a, steps: [{ name: s }] }] }',
      /expected exactly one of run, .*; got none/,
    ],
    [
      'deployment: { phases: [{ name: a, steps: [{ name: s-1, run: x, outputs: [u] }, { name: s_1, run: x, outputs: [u] }] }] }',
      /both become SOPHIA_OUTPUT_A_S_1_U/,
    ],
    [
      'deployment: { phases: [{ name: a, steps: [{ name: s, fleet: start, outputs: [u] }] }] }',
      /1:68: deployment\.phases\.0\.steps\.0\.outputs: expected no outputs: only `run` and `before` write them/,
    ],
    [
      'deployment: { phases: [{ name: a, steps: [] }] }',
      /1:35: phase "a" has no steps: give it at least one, or leave the phase out/,
    ],
    ['deployment: { phases: [{ name: a }] }', /phase "a" has no steps/],
    [
      'deployment: { phases: [{ name: a, steps: [{ name: s, gate: [opnai] }] }] }\nchecks: { openai: { kind: openai } }',
      /no check is named "opnai"; did you mean "openai"/,
    ],
    ['checks: [a]', /checks: expected a map; got a list/],
    ['checks: { a: { kind: command, rnu: x } }', /unknown key "rnu"; did you mean "run"/],
    ['environments: { production: { gte: {} } }', /unknown section "gte"; did you mean "gate"/],
    [
      'environments: { production: { gate: { timeot: 3s } }, staging: {} }\n',
      /unknown key "timeot"/,
      'staging',
    ],
  ])('%s', (text, expected, environment = '') => {
    expect(refusal(text, { environment }).join('\n')).toMatch(expected);
  });

  test('aliases that multiply are refused instead of filling the memory', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `  l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`,
    );
    const text = `pipeline:\n  l0: &l0 [x]\n${levels.join('\n')}\n`;
    expect(refusal(text).join('\n')).toMatch(/too large or too deep|unknown key/);
  });
});

describe('environments', () => {
  const text = `
deployment:
  phases:
    - { name: a, steps: [{ name: one, run: x }, { name: two, run: y }] }
environments:
  production: {}
  staging:
    deployment: { timeout: 30m, phases: [{ name: a, steps: [{ name: two, timeout: 5s }, { name: three, run: z }] }] }
`;

  test('maps merge key by key, phases and steps by name', () => {
    const { sections } = parse(text, { environment: 'staging' });
    expect(sections.deployment.timeout).toBe(1_800_000);
    expect(sections.deployment.phases[0]?.steps.map((step) => [step.name, step.run, step.timeout])).toEqual([
      ['one', 'x', 600_000],
      ['two', 'y', 5_000],
      ['three', 'z', 600_000],
    ]);
  });

  test('one that is not listed is refused with the known ones', () => {
    expect(refusal(text, { environment: 'prodction' })[0]).toMatch(
      /"prodction" is not listed: expected production, staging; did you mean "production"/,
    );
    expect(refusal(text, { environment: 'prod' })[0]).toMatch(/did you mean "production"/);
  });

  test('one that is not listed blames who asked, and the file only if that is wrong too', () => {
    const hintOf = (source: string) => {
      try {
        return parse(source, { environment: 'prod' }).file;
      } catch (error) {
        return error instanceof SophiaError ? error.hint : String(error);
      }
    };
    expect(hintOf(text)).toMatch(/^set the input `environment` to one of them/);
    expect(hintOf(`${text}gaet: {}\n`)).toMatch(/^correct sophia.yml/);
  });

  test('the only one is taken, several must be chosen from', () => {
    expect(parse('environments: { production: {} }').environment).toBe('production');
    expect(refusal(text)[0]).toBe(
      'the environment is not told, and sophia.yml has several: production, staging',
    );
  });
});

describe('variables', () => {
  const variables = { URL: 'http://h', EMPTY: '' };

  test('are read in used sections, with defaults, and $$ is a dollar', () => {
    const { sections } = parse(
      'checks: { a: { kind: http, url: "${URL}/x", headers: { a: "$${b}", b: "${NOPE:-d}", c: "${EMPTY:-e}" } } }',
      { variables },
    );
    expect(sections.checks['a']).toMatchObject({ url: 'http://h/x', headers: { a: '${b}', b: 'd', c: 'e' } });
  });

  test('one that is unset is an error with its line', () => {
    expect(refusal('mcp:\n  root: ${NOPE}\n')).toEqual([
      "sophia.yml:2:9: the variable NOPE is not set: set it in the job's env, or give a default with ${NOPE:-value}",
    ]);
  });

  test('an output of a step is none yet, and the words say where it can be read', () => {
    const text =
      "deployment: { phases: [{ name: a, steps: [{ name: s, run: [echo, '${SOPHIA_OUTPUT_A_S_URL}'] }] }] }";
    expect(refusal(text)[0]).toMatch(
      /is not known here: an output is a variable of the programs of later steps/,
    );
  });

  test('one that is unset inside a check fails that check alone', () => {
    const { unresolvedChecks } = parse(
      'checks:\n  a: { kind: http, url: "${NOPE}" }\n  b: { kind: openai }\n',
    );
    expect([...unresolvedChecks.keys()]).toEqual(['a']);
    expect(unresolvedChecks.get('a')).toMatch(/^sophia\.yml:2:25: the variable NOPE/);
  });

  test('sections that the action does not use are not read, and still validated', () => {
    const text = 'mcp: { port-offset: "${NOPE}", servers: { a: { command: [x], port: "${P}" } } }\n';
    expect(parse(text, { sections: ['gate'] }).sections).not.toHaveProperty('mcp.servers');
    expect(refusal(`${text}deployment: { timeot: 5m }`, { sections: ['gate'] })[0]).toMatch(
      /unknown key "timeot"/,
    );
  });

  test('never reach the text of a shell, and never add words to a command', () => {
    const { sections } = parse(
      `
deployment: { phases: [{ name: a, steps: [{ name: s, run: 'echo \${X}', undo: 'u \${X}', before: 'b \${X}' }, { name: t, run: [echo, '\${X}'] }] }] }
mcp: { servers: { m: { command: 'node "a b.js" \${X}' } } }
`,
      { variables: { X: '1; rm -rf /' } },
    );
    expect(sections.deployment.phases[0]?.steps[0]).toMatchObject({
      run: 'echo ${X}',
      undo: 'u ${X}',
      before: 'b ${X}',
    });
    expect(sections.deployment.phases[0]?.steps[1]?.run).toEqual(['echo', '1; rm -rf /']);
    expect(sections.mcp.servers['m']?.command).toEqual(['node', 'a b.js', '1; rm -rf /']);
  });

  test('secrets may be read under headers only', () => {
    const text = (where: string) =>
      `secrets: { api_key: {} }\nchecks: { a: { kind: http, url: "http://x", ${where} } }`;
    const secret = { variables: { API_KEY: 'fake-secret-value' } };
    expect(parse(text('headers: { authorization: "Bearer ${API_KEY}" }'), secret).unresolvedChecks.size).toBe(
      0,
    );
    expect(parse(text('body: "${API_KEY}"'), secret).unresolvedChecks.get('a')).toMatch(
      /may be read only under headers/,
    );
    expect(refusal('secrets: { api_key: {} }\nmcp: { root: "${API_KEY}" }', secret)[0]).toMatch(
      /is a secret/,
    );
  });

  test('environment and deployment id are always set', () => {
    const { sections } = parse('esc: { environment: "o/p/${SOPHIA_ENVIRONMENT}-${SOPHIA_DEPLOYMENT_ID}" }', {
      environment: 'staging',
      deploymentId: 'd-1',
    });
    expect(sections.esc.environment).toBe('o/p/staging-d-1');
  });
});

test('keys that reach for a prototype are ordinary keys', () => {
  expect(refusal('checks: { a: { kind: http, url: x, __proto__: { polluted: 1 } } }')[0]).toMatch(
    /unknown key/,
  );
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});
