import { anthropic, gong, openai, pinecone, pulumi, vercel } from './api-rules.ts';
import { postgres, redis, snowflake } from './database-rules.ts';
import type { Rule, ServiceName } from './rule.ts';

/** The rows are tried in order; what none matches is judged by its HTTP status alone. */
export const SERVICE_RULES: Readonly<Record<ServiceName, readonly Rule[]>> = {
  openai,
  anthropic,
  pinecone,
  snowflake,
  gong,
  vercel,
  pulumi,
  postgres,
  redis,
  docker: [],
  kubernetes: [],
  http: [],
};
