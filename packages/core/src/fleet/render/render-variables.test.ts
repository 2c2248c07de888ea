// Variables of the machine that renders, in each format: none of their values is in what is rendered.
import { expect, test } from '@jest/globals';
import type { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { parse } from 'yaml';

import { isPassedOn, portable } from './portable.ts';
import { renderFleet } from './render-fleet.ts';
import type { RENDER_FORMATS } from './render-fleet.ts';
import { documentsOf, from, server } from './rendered-fleet.fixture.ts';
import type { Doc } from './rendered-fleet.fixture.ts';

const configured = server('a', {
  command: ['node', 'a.js', '--key=${API_KEY}', '$HOME', '$${X}'],
  env: {
    ...{ KEY: '${API_KEY}', URL: 'https://${HOST}/$(id)', MODE: '${MODE:-fa$t}', PLAIN: '$$5' },
    ...{ DB_PASSWORD: 'written-into-the-file', EMPTY_TOKEN: '' },
  },
});
const rendered = (format: (typeof RENDER_FORMATS)[number]) =>
  renderFleet(format, from([configured], 'configuration'));

test('are passed on by name in compose, which has the same words', () => {
  const { text, lost } = rendered('compose');
  const { services } = parse(text) as { services: { a: { command: string[]; environment: object } } };
  expect(services.a.environment).toEqual({
    ...{ PORT: '9000', KEY: '${API_KEY?API_KEY must be set}', MODE: '${MODE:-fa$$t}', PLAIN: '$$5' },
    ...{ URL: 'https://${HOST?HOST must be set}/$$(id)', DB_PASSWORD: null, EMPTY_TOKEN: '' },
  });
  expect(services.a.command.slice(2)).toEqual(['--key=${API_KEY?API_KEY must be set}', '$$HOME', '$${X}']);
  expect(lost).toContainEqual(expect.stringMatching(/^a: the value of DB_PASSWORD: by its name/));
});

test('come out of the Secret in Kubernetes, before what refers to them; a default stands for its variable', () => {
  const { text, lost } = rendered('kubernetes');
  const [deployment] = documentsOf(text);
  const pod = deployment as unknown as ConstructorParameters<typeof Deployment>[0];
  const secret = (name: string, key = name) => ({
    name,
    valueFrom: { secretKeyRef: { name: 'sophia-fleet', key } },
  });
  expect(pod?.spec?.template.spec?.containers[0]).toMatchObject({
    command: ['node', 'a.js', '--key=$(SOPHIA_REF_API_KEY)', '$HOME', '${X}'],
    env: [
      secret('DB_PASSWORD'),
      secret('KEY', 'API_KEY'),
      secret('SOPHIA_REF_API_KEY', 'API_KEY'),
      secret('SOPHIA_REF_HOST', 'HOST'),
      { name: 'PORT', value: '9000' },
      { name: 'URL', value: 'https://$(SOPHIA_REF_HOST)/$$(id)' },
      { name: 'MODE', value: 'fa$t' },
      { name: 'PLAIN', value: '$5' },
      { name: 'EMPTY_TOKEN', value: '' },
    ],
  });
  expect(lost).toContain('a: that it reads MODE; its default "fa$t" stands here instead');
  expect(lost).toContain(
    'a: the values of DB_PASSWORD, API_KEY, HOST; the Secret sophia-fleet must hold them',
  );
});

test('come out of the Secret in ToolHive, whole where a value is made of several', () => {
  const { text, lost } = rendered('toolhive');
  const { spec } = documentsOf(text)[0] ?? { spec: {} as Doc['spec'] };
  expect(spec['secrets']).toEqual([
    { name: 'sophia-fleet', key: 'DB_PASSWORD', targetEnvName: 'DB_PASSWORD' },
    { name: 'sophia-fleet', key: 'API_KEY', targetEnvName: 'KEY' },
    { name: 'sophia-fleet', key: 'API_KEY', targetEnvName: 'SOPHIA_REF_API_KEY' },
    { name: 'sophia-fleet', key: 'URL', targetEnvName: 'URL' },
  ]);
  expect(lost).toContain('a: how URL is made of other variables');
});

test('of a registry are written as editors do, and arrive in the words of compose', () => {
  const { text } = renderFleet('compose', from([server('a', { references: { K: '${env:TOKEN}$$' } })]));
  expect(parse(text)).toMatchObject({
    services: { a: { environment: { K: '${TOKEN?TOKEN must be set}$$$$' } } },
  });
});

test('cannot be in a health endpoint', () => {
  const source = { origin: 'configuration', environment: '' } as const;
  const probed = server('a', { health: { http: '/health?key=${API_KEY}' } });
  expect(() => portable(probed, source)).toThrow(/health endpoint of "a" reads the variable API_KEY/);
  expect(portable(server('a', { health: { http: '/$$h' } }), source).health).toEqual({
    http: '/$h',
  });
});

test('but the environment that is rendered is known, and told', () => {
  const told = server('a', { env: { STAGE: 'in-${SOPHIA_ENVIRONMENT}' } });
  const source = { origin: 'configuration', environment: 'staging' } as const;
  expect(portable(told, source).env).toEqual({
    SOPHIA_ENVIRONMENT: ['staging'],
    STAGE: ['in-', 'staging'],
  });
});

test('are read where a number or a choice is meant', () => {
  expect(isPassedOn(['mcp', 'servers', 'a', 'env', 'X'])).toBe(true);
  expect(isPassedOn(['mcp', 'servers', 'a', 'port'])).toBe(false);
});
