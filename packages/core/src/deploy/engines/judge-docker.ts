import type { Category } from '../../report/envelope.ts';

/** Which line of the program tells why it failed. */
export const DOCKER_SAYS = /^ERROR: /;

/** What docker, buildx and registries say; learned from buildx 0.38 and a registry of the Docker distribution 2.8. */
const SAYINGS: readonly (readonly [RegExp, Category])[] = [
  [/unauthorized|authentication required|no basic auth credentials|401/i, 'unauthorized'],
  [/denied|forbidden|403/i, 'forbidden'],
  [/toomanyrequests|too many requests|429|rate limit/i, 'rate-limited'],
  [/x509|certificate|tls: |HTTP response to HTTPS client/i, 'tls'],
  [/no such host|server misbehaving/i, 'dns'],
  [
    /docker API|docker daemon|no builder|failed to read dockerfile|unable to prepare context|failed to find|unknown flag|unknown command/i,
    'configuration',
  ],
  [/connection refused|connection reset|broken pipe|EOF$/i, 'refused'],
  [/i\/o timeout|deadline exceeded|timed out/i, 'timeout'],
  [/50\d |internal server error|service unavailable|bad gateway/i, 'server-error'],
  [/did not complete successfully/i, 'assertion'],
  [/: not found$|manifest unknown|name unknown/i, 'not-found'],
];

/** @returns the category of a failure of docker, from the line that tells it. */
export const judgeDocker = (line: string): Category =>
  SAYINGS.find(([saying]) => saying.test(line))?.[1] ?? 'assertion';
