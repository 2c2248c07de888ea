import type { CheckKind } from '@sophia/core/config/check-schemas';

import type { CheckProbe } from './probe.ts';

type Loaders = { readonly [K in CheckKind]?: () => Promise<CheckProbe<K>> };

/** Every kind of check: one line, and a file of that name. What no check needs is not loaded. */
export const probeLoaders = {
  snowflake: async () => (await import('./probes/snowflake.ts')).snowflake,
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
  fleet: async () => (await import('./probes/fleet.ts')).fleet,
  command: async () => (await import('./probes/command.ts')).command,
} satisfies Loaders;
