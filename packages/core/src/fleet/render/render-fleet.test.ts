import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { Service } from 'kubernetes-models/v1/Service';
import { parseAllDocuments, parse } from 'yaml';

import type { ServerSpec } from '../server-spec.ts';
import { RENDER_FORMATS, renderFleet } from './render-fleet.ts';
import { documentsOf, from, server } from './rendered-fleet.fixture.ts';

const schema = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', `${name}.schema.json`), 'utf8')) as object;
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
const isCompose = ajv.compile(schema('compose-spec'));
const isMcpServer = ajv.compile(schema('toolhive-mcpserver'));

const HOSTILE = 'a"b\'c: #d\n---\n${HOME} $(whoami) {{x}} \u2028';

const FLEET: readonly ServerSpec[] = [
  server('ai_memory'),
  server('linear', {
    ...{ port: 9006, needs: ['ai_memory'], critical: false, secrets: ['LINEAR_TOKEN'] },
    ...{ env: { GREETING: HOSTILE }, health: { sse: '/sse' } },
    references: { URL: 'https://${HOST:-x}/' },
    expect: { tools: ['search'], minTools: 1 },
  }),
  server('local', { port: 9008, health: { stdio: true }, needs: ['linear'] }),
  server('raw', { port: 9007, health: { tcp: true }, needs: ['local'], command: ['x', '--host=127.0.0.1'] }),
];
const request = from(FLEET);

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
      healthcheck: { test: ['CMD', 'nc', '-z', '127.0.0.1', '9006'] },
      environment: { LINEAR_TOKEN: null, PORT: '9006', URL: 'https://${HOST:-x}/' },
      restart: 'on-failure:5',
      stop_grace_period: '5s',
    });
    expect(file.services['raw']).toMatchObject({ depends_on: { local: { condition: 'service_started' } } });
    expect(file.services['ai_memory']).toMatchObject({
      healthcheck: { test: expect.arrayContaining(['curl', '-fsS', 'http://127.0.0.1:9000/health']) },
    });
    expect(file.services['local']).toMatchObject({ stdin_open: true });
    expect(file.services['local']).not.toHaveProperty('ports');
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
        'linear, local, raw: its image; say it under mcp.servers, or with --image SERVER=IMAGE',
        'linear: that it is not critical',
        'linear: the tools that it must have',
        'local: it speaks over its own pipes; what talks to it must start it',
        'raw: that local is healthy first; compose can only wait until it runs',
        expect.stringMatching(/^raw: that --host=127\.0\.0\.1 means this machine/),
        'ai_memory, linear, local, raw: the folder that it runs in; its image must begin there',
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
      name: 'wait-1-for-ai-memory',
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
          valueFrom: { secretKeyRef: { name: 'sophia-fleet', key: 'LINEAR_TOKEN' } },
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
    const twins = from([server('a_b'), server('a-b')]);
    expect(() => renderFleet('kubernetes', twins)).toThrow(/a-b would be called "a-b" there, as a_b is/);
    expect(() => renderFleet('toolhive', from([server('___')]))).toThrow(/would be called ""/);
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
    ]);
    expect(lost).toContain('raw: the whole server: it has no MCP endpoint, and ToolHive runs nothing else');
    expect(documents[1]?.spec['secrets']).toEqual([
      { name: 'sophia-fleet', key: 'LINEAR_TOKEN', targetEnvName: 'LINEAR_TOKEN' },
    ]);
  });

  test('says that the order is lost', () => {
    expect(lost).toContain('linear: that it needs ai_memory; ToolHive starts all servers at once');
  });
});

test.each(RENDER_FORMATS)('%s: a hostile name ends no comment and begins no document', (format) => {
  const evil = server('evil\n---\nkind: Secret', { expect: { tools: ['x'], minTools: 0 } });
  const rendered = () => renderFleet(format, from([evil])).text;
  if (format === 'compose') return expect(rendered).toThrow(/compose has no service named "evil\\n---/);
  return expect(documentsOf(rendered()).map(({ kind }) => kind)).not.toContain('Secret');
});

test('a value that YAML 1.1 takes for something else than a text has quotes', () => {
  const values = { A: 'yes', B: '1_000', C: '1:30', D: 'off', E: '2026-01-01', F: '0o17', G: '~', Y: 'n' };
  const { text } = renderFleet('kubernetes', from([server('a', { env: values })]));
  const [first] = parseAllDocuments(text, { version: '1.1' });
  const pod = (first?.toJS() as { spec: { template: { spec: { containers: { env: object[] }[] } } } }).spec;
  expect(pod.template.spec.containers[0]?.env).toEqual([
    { name: 'PORT', value: '9000' },
    ...Object.entries(values).map(([name, value]) => ({ name, value })),
  ]);
});

test('images that nobody told are variables of their own in compose; names that begin with a digit hold anywhere', () => {
  const twins = from([server('a-b'), server('a_b', { port: 9001 }), server('2fa', { port: 9002 })]);
  const { services } = parse(renderFleet('compose', twins).text) as {
    services: Record<string, { image: string }>;
  };
  expect(Object.values(services).map(({ image }) => /\{(\w+)/.exec(image)?.[1])).toEqual([
    ...['A_B_IMAGE', 'A_B_IMAGE_2', '_2FA_IMAGE'],
  ]);
  const { files } = renderFleet('kubernetes', from([server('2fa', { port: 9002 })]));
  expect(files.map(({ name }) => name)).toEqual(['mcp-2fa.yaml']);
});

test.each(RENDER_FORMATS)('%s says which servers run elsewhere', (format) => {
  const { text, lost, files } = renderFleet(format, { ...from([server('a')]), remote: ['apify'] });
  const line = 'apify: the whole server: it runs elsewhere, and is only an address';
  expect(lost).toContain(line);
  expect(text).toContain(`# - ${line}`);
  if (format !== 'compose') expect(files[0]?.text).not.toContain('apify');
});

test('a folder gets a file a server, each with its own losses', () => {
  const { files } = renderFleet('kubernetes', request);
  expect(files.map(({ name }) => name)).toEqual(['ai-memory.yaml', 'linear.yaml', 'local.yaml', 'raw.yaml']);
  expect(files[0]?.text).toContain('# A MCP server as kubernetes');
  expect(files[0]?.text).not.toContain('the tools that it must have');
  expect(files[1]?.text).toContain('# - linear: the tools that it must have');
});
