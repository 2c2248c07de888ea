import type { CheckKind } from '@sophia/core/config/check-schemas';

import type { CheckProbe } from './probe.ts';

type Loaders = { readonly [K in CheckKind]: () => Promise<CheckProbe<K>> };

/** Every kind of check: one line, and a file of that name. What no check needs is not loaded. */
export const probeLoaders: Loaders = {
  snowflake: async () => (await import('./probes/snowflake.ts')).loadSnowflake(),
  openai: async () => (await import('./probes/openai.ts')).openai,
  anthropic: async () => (await import('./probes/anthropic.ts')).anthropic,
  pinecone: async () => (await import('./probes/pinecone.ts')).pinecone,
  gong: async () => (await import('./probes/gong.ts')).gong,
  vercel: async () => (await import('./probes/vercel.ts')).vercel,
  pulumi: async () => (await import('./probes/pulumi.ts')).pulumi,
  http: async () => (await import('./probes/http.ts')).http,
  tcp: async () => (await import('./probes/tcp.ts')).tcp,
  dns: async () => (await import('./probes/dns.ts')).dns,
  tls: async () => (await import('./probes/tls.ts')).tls,
  postgres: async () => (await import('./probes/postgres.ts')).postgres,
  redis: async () => (await import('./probes/redis.ts')).redis,
  docker: async () => (await import('./probes/docker.ts')).docker,
  kubernetes: async () => (await import('./probes/kubernetes.ts')).kubernetes,
  mcp: async () => (await import('./probes/mcp.ts')).loadMcp(),
  fleet: async () => (await import('./probes/fleet.ts')).fleet,
  command: async () => (await import('./probes/command.ts')).command,
  secrets: async () => (await import('./probes/secrets.ts')).secrets,
};
