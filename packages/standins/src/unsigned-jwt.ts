/**
 * A well-formed JWT that nobody signed: header, claims and a signature of zeros. Enough for clients that
 * only read claims, and for the stand-ins, which check claims and never a signature.
 */
export function unsignedJwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = { typ: 'JWT', alg: 'RS256', kid: 'standin' };
  return `${part(header)}.${part(claims)}.${Buffer.alloc(256).toString('base64url')}`;
}

/** The claims of a JWT, undefined if the text is none. */
export function jwtClaims(token: string): Record<string, unknown> | undefined {
  const [, claims, signature] = token.split('.');
  if (claims === undefined || signature === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}
