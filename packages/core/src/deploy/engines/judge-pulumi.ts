import type { Category } from '../../report/envelope.ts';

/** Which line of the program tells why it failed: an error that says more than that it failed, or who holds the lock. */
export const PULUMI_SAYS = /^\s*error: (?!(preview|update) failed$)|: created by \S*@\S+ \(pid \d+\)/;

/** What pulumi says; learned from version 3.259. Errors of providers are in their own words. */
const SAYINGS: readonly (readonly [RegExp, Category])[] = [
  [/PULUMI_ACCESS_TOKEN must be set|invalid access token|\[401\]|unauthorized/i, 'unauthorized'],
  [/\[403\]|forbidden|access ?denied|not authorized/i, 'forbidden'],
  [/\[429\]|too many requests|rate limit|throttl/i, 'rate-limited'],
  [/no stack named|unknown stack|stack .* not found|\[404\]/i, 'not-found'],
  [/x509|certificate|tls: /i, 'tls'],
  [/no such host|server misbehaving/i, 'dns'],
  [/connection refused|connection reset/i, 'refused'],
  [/i\/o timeout|deadline exceeded|timed out/i, 'timeout'],
  [/\[5\d\d\]|internal server error|service unavailable/i, 'server-error'],
  [
    /passphrase|language plugin|resource plugin|no Pulumi\.yaml|required configuration|unknown (flag|shorthand|command)/i,
    'configuration',
  ],
];

/** @returns the category of a failure of pulumi, from the line that tells it. */
export const judgePulumi = (line: string): Category =>
  SAYINGS.find(([saying]) => saying.test(line))?.[1] ?? 'assertion';
