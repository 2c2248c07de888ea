import type { Fault } from './outcome.ts';

/** Services whose answers mean more than their HTTP status says. */
export type ServiceName =
  | 'openai'
  | 'anthropic'
  | 'pinecone'
  | 'snowflake'
  | 'gong'
  | 'vercel'
  | 'pulumi'
  | 'postgres'
  | 'redis'
  | 'docker'
  | 'kubernetes'
  | 'http';

/** How people call them. */
export const DISPLAY_NAMES: Readonly<Record<ServiceName, string>> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  pinecone: 'Pinecone',
  snowflake: 'Snowflake',
  gong: 'Gong',
  vercel: 'Vercel',
  pulumi: 'Pulumi Cloud',
  postgres: 'PostgreSQL',
  redis: 'Redis',
  docker: 'Docker',
  kubernetes: 'Kubernetes',
  http: 'the service',
};

/** One row: what of the answer decides (all that is given must hold), and what it means. */
export interface Rule extends Fault {
  readonly status?: number;
  readonly code?: string | RegExp;
  readonly says?: RegExp;
}
