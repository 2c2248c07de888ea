import type { Category } from '../../report/envelope.ts';

/** What the Vercel CLI says; learned from version 60 against an API that refuses, fails and is not there. */
const SAYINGS: readonly (readonly [RegExp, Category])[] = [
  [/Not authorized|not valid|invalid-token|no-credentials|No existing credentials|\(401\)/i, 'unauthorized'],
  [/\(402\)|payment|billing|upgrade to pro/i, 'billing'],
  [/\(403\)|permission|don't have access|not a member/i, 'forbidden'],
  [/\(429\)|rate limit|too many requests/i, 'rate-limited'],
  [/certificate|TLS|SSL/, 'tls'],
  [/ENOTFOUND|EAI_AGAIN/, 'dns'],
  [/fetch failed|ECONNREFUSED|ECONNRESET|socket hang up/i, 'refused'],
  [/ETIMEDOUT|exceeded its deadline|timed out/i, 'timeout'],
  [/\(5\d\d\)|internal server error|unexpected internal error/i, 'server-error'],
  [/\(404\)|not found|can't find|doesn't belong to/i, 'not-found'],
  [
    /--prebuilt|VERCEL_ORG_ID|VERCEL_PROJECT_ID|isn't linked|not linked|unknown or unexpected option/i,
    'configuration',
  ],
];

/** @returns the category of a failure of `vercel`, from its last line. */
export const judgeVercel = (line: string): Category =>
  SAYINGS.find(([saying]) => saying.test(line))?.[1] ?? 'assertion';
