// What tests of the rendered formats share: servers, and the documents that a format gives.
import { parseAllDocuments } from 'yaml';

import type { ServerSpec } from '../server-spec.ts';
import { portable } from './portable.ts';
import type { Origin } from './portable.ts';

/** @returns a server that answers at /mcp and /health. */
export const server = (name: string, rest: Partial<ServerSpec> = {}): ServerSpec => ({
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

const images = { ai_memory: 'ghcr.io/acme/memory:1.2' };
/** @returns what is rendered of these servers. */
export const from = (servers: readonly ServerSpec[], origin: Origin = 'registry') => ({
  servers: servers.map((one) => portable(one, { origin, environment: '' })),
  images,
});

/** One document of Kubernetes or ToolHive. */
export interface Doc {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}
/** @returns every document of a rendered text. */
export const documentsOf = (text: string) =>
  parseAllDocuments(text).map((document) => document.toJS() as Doc);
