import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { Service } from 'kubernetes-models/v1/Service';
import { parseAllDocuments, parse } from 'yaml';

import type { ServerSpec } from '../server-spec.ts';
import { RENDER_FORMATS, renderFleet } from './render-fleet.ts';

const schema = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', `${name}.schema.json`), 'utf8')) as object;
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
const isCompose = ajv.compile(schema('compose-spec'));
const isMcpServer = ajv.compile(schema('toolhive-mcpserver'));

const server = (name: string, rest: Partial<ServerSpec> = {}): ServerSpec => ({
  name,
  ...{
    command: ['node', 'server.js'],
    directory: name,
    host: '127.0.0.1',
    port: 9000,
    priority: 1,
    needs: [],
  },
  ...{ critical: true, env: {}, secrets: [], references: {}, health: { mcp: '/mcp', http: '/health' } },
  ...{ expect: { tools: [], minTools: 0 }, restart: { limit: 5, windowMs: 120_000 } },
  ...{ readyTimeoutMs: 30_000, stopTimeoutMs: 5_000 },
  ...rest,
});

const HOSTILE = 'a"b\'c: #d\n---\n${HOME} $(whoami) {{x}} \u2028';

const FLEET: readonly ServerSpec[] = [
  server('ai_memory'),
  server('linear', {
    ...{ port: 9006, needs: ['ai_memory'], critical: false, secrets: ['LINEAR_TOKEN'] },
    ...{ env: { GREETING: HOSTILE }, health: { sse: '/sse' } },
    references: { URL: 'https://${HOST:-x}/' },
    expect: { tools: ['search'], minTools: 1 },
  }),
  server('local', { port: undefined, health: { stdio: true }, needs: ['linear'] }),
  server('raw', { port: 9007, health: { tcp: true }, needs: ['local'], command: ['x', '--host=127.0.0.1'] }),
];
const images = { ai_memory: 'ghcr.io/acme/memory:1.2' };
const request = { servers: FLEET, images };

interface Doc {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}
const documentsOf = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as Doc);

describe('as a compose file', () => {
  const { text, lost } = renderFleet('compose', request);
  const file = parse(text) as { services: Record<string, Record<string, unknown>> };

  test('it is one, by the published schema', () => {
    expect([isCompose(file), isCompose.errors]).toEqual([true, null]);
    expect(isCompose({ services: { a: { port: 1 } } })).toBe(false);
  });

  test('waits for health, publishes on this machine only, and has secrets by name', () => {
    expect(file.services['linear']).toMatchObject({
      depends_on: { ai_memory: { condition: 'service_healthy' } },
      ports: ['127.0.0.1:9006:9006'],
      environment: { LINEAR_TOKEN: null, PORT: '9006', URL: 'https://${HOST:-x}/' },
      restart: 'on-failure:5',
      stop_grace_period: '5s',
    });
    expect(file.services['raw']).toMatchObject({ depends_on: { local: { condition: 'service_started' } } });
    expect(file.services['local']).toMatchObject({ stdin_open: true });
    expect(file.services['linear']).toMatchObject({ image: '${LINEAR_IMAGE:?the image of linear}' });
  });

  test('a value arrives as it is: compose would read its dollars', () => {
    const written = (file.services['linear']?.['environment'] as Record<string, string>)['GREETING'] ?? '';
    expect(written.replaceAll('$$', '$')).toBe(HOSTILE);
    expect(written).toContain('$${HOME}');
  });

  test('says what it loses', () => {
    expect(lost).toEqual(
      expect.arrayContaining([
        'linear, local, raw: its image; give it with --image SERVER=IMAGE',
        'linear: that it is not critical',
        'linear: the tools that it must have',
        'local: it speaks over its own pipes; what talks to it must start it',
        'raw: that local is healthy first; compose can only wait until it runs',
        expect.stringMatching(/^raw: its command listens on this machine only/),
      ]),
    );

    for (const line of lost) expect(text).toContain(`# - ${line}`);
  });
});

describe('as Kubernetes manifests', () => {
  const { text, lost } = renderFleet('kubernetes', request);
  const documents = documentsOf(text);
  const deployment = (name: string) =>
    documents.find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === name,
    ) as unknown as ConstructorParameters<typeof Deployment>[0];

  test('each is valid by the schema of its kind', () => {
    for (const document of documents) {
      const model =
        document.kind === 'Deployment' ? new Deployment(document as never) : new Service(document as never);
      expect(() => model.validate()).not.toThrow();
    }
    expect(() => new Deployment({ spec: { replicas: 'many' } } as never).validate()).toThrow();
    expect(documents.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      ...['Deployment ai-memory', 'Service ai-memory', 'Deployment linear', 'Service linear'],
      ...['Deployment local', 'Deployment raw', 'Service raw'],
    ]);
  });

  test('has probes by what each server answers, waits for what it needs, and reads secrets by name', () => {
    const pod = deployment('linear')?.spec?.template.spec;
    expect(pod?.initContainers?.[0]).toMatchObject({
      name: 'wait-for-ai-memory',
      command: [
        'sh',
        '-c',
        'until "$@"; do sleep 1; done',
        'sh',
        'wget',
        '-q',
        '-T',
        '5',
        '-O',
        '/dev/null',
        'http://ai-memory:9000/health',
      ],
    });
    expect(pod?.containers[0]).toMatchObject({
      image: 'image.invalid/linear:unset',
      startupProbe: { tcpSocket: { port: 9006 }, periodSeconds: 1, failureThreshold: 30 },
      env: expect.arrayContaining([
        {
          name: 'LINEAR_TOKEN',
          valueFrom: { secretKeyRef: { name: 'sophia-fleet', key: 'LINEAR_TOKEN', optional: true } },
        },
        { name: 'GREETING', value: HOSTILE.replaceAll('$(', () => '$$(') },
      ]),
    });
    expect(deployment('ai-memory')?.spec?.template.spec?.containers[0]).toMatchObject({
      image: 'ghcr.io/acme/memory:1.2',
      readinessProbe: { httpGet: { path: '/health', port: 9000 } },
    });
    expect(lost).toContain('raw: that local is healthy first; it has no port to ask');
  });

  test('two servers that would have one name there are refused', () => {
    const twins = { servers: [server('a_b'), server('a-b')], images };
    expect(() => renderFleet('kubernetes', twins)).toThrow(/a-b would be called "a-b" there, as a_b is/);
    expect(() => renderFleet('toolhive', { servers: [server('___')], images })).toThrow(/would be called ""/);
  });
});

describe('as ToolHive resources', () => {
  const { text, lost } = renderFleet('toolhive', request);
  const documents = documentsOf(text);

  test('each is a MCPServer by the schema of the operator', () => {
    for (const document of documents)
      expect([isMcpServer(document), isMcpServer.errors]).toEqual([true, null]);
    expect(isMcpServer({ spec: { transport: 'pigeon' } })).toBe(false);
    expect(documents.map(({ spec }) => [spec['transport'], spec['mcpPort']])).toEqual([
      ['streamable-http', 9000],
      ['sse', 9006],
      ['stdio', undefined],
      ['stdio', undefined],
    ]);
    expect(documents[1]?.spec['secrets']).toEqual([
      { name: 'sophia-fleet', key: 'LINEAR_TOKEN', targetEnvName: 'LINEAR_TOKEN' },
      { name: 'sophia-fleet', key: 'URL', targetEnvName: 'URL' },
    ]);
  });

  test('says that the order is lost', () => {
    expect(lost).toContain('linear: that it needs ai_memory; ToolHive starts all servers at once');
  });
});

test.each(RENDER_FORMATS)('%s: a hostile name ends no comment and begins no document', (format) => {
  const evil = server('evil\n---\nkind: Secret', { expect: { tools: ['x'], minTools: 0 } });
  const { text } = renderFleet(format, { servers: [evil], images });
  const kinds = documentsOf(text).map(({ kind }) => kind);
  expect(kinds).not.toContain('Secret');
});
