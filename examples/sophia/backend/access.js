import { createHash, timingSafeEqual } from 'node:crypto';
import { RequestError } from './requests.js';

/** What a release keeps of the API token: its SHA-256 in hex, so that no secret lies on the host's disk. */
export const fingerprint = (token) => createHash('sha256').update(token).digest('hex');

/**
 * Lets a request pass that carries the release's token.
 * @param {string | null} expected fingerprint of the token; null: this release takes no writes
 * @throws {RequestError} 401 or 403
 */
export function requireToken(request, expected) {
  if (!expected)
    throw new RequestError(403, 'this release was deployed without BACKEND_API_TOKEN: it takes no writes');
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  const given = Buffer.from(fingerprint(token ?? ''));
  if (scheme !== 'Bearer' || !timingSafeEqual(given, Buffer.from(expected))) {
    throw new RequestError(401, 'this needs `Authorization: Bearer` with the API token');
  }
}
