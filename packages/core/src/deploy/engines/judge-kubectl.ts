import type { Category } from '../../report/envelope.ts';

/** What kubectl and the API server say (client-go's errors; apimachinery's StatusReason), and what it means. */
const SAYINGS: readonly (readonly [RegExp, Category])[] = [
  [/Unauthorized|must be logged in|provide credentials/i, 'unauthorized'],
  [/\(?Forbidden\)?|is forbidden/i, 'forbidden'],
  [/x509|certificate|tls: /i, 'tls'],
  [/no such host|server misbehaving|lookup .* on /i, 'dns'],
  [/connection refused|connection reset/i, 'refused'],
  [/i\/o timeout|deadline exceeded|TLS handshake timeout|Timeout: |timed out/i, 'timeout'],
  [/TooManyRequests|too many requests/i, 'rate-limited'],
  [/InternalError|Internal error|ServiceUnavailable|server is currently unable|etcdserver/i, 'server-error'],
  [
    /is invalid|BadRequest|Invalid value|error validating|error parsing|no matches for kind|does not exist|does not match the namespace/i,
    'configuration',
  ],
  [/NotFound|not found/i, 'not-found'],
];

/** kubectl prints patches and names among its errors: only these lines say why. */
const SAYS_WHY =
  /^(error|unable|the connection|the \S+ "[^"]*" is invalid|unauthorized|.*: dial tcp|for: "STDIN")/i;

/** @returns the category of a failure of kubectl, from what it wrote to stderr. */
export function judgeKubectl(stderr: string): Category {
  const lines = stderr.split('\n').filter((line) => SAYS_WHY.test(line));
  const text = lines.join('\n');
  return SAYINGS.find(([saying]) => saying.test(text))?.[1] ?? 'assertion';
}
