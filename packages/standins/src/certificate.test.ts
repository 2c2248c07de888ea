import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, type ConnectionOptions } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { selfSignedCertificate } from './certificate.ts';
import { startEcho } from './echo.ts';
import type { Standin } from './server.ts';

let standin: Standin;
afterEach(() => standin.close());

/** `authorized`, or the code of what a TLS client has against the certificate. */
async function verdict(options: ConnectionOptions): Promise<unknown> {
  const socket = connect({ host: '127.0.0.1', port: standin.port, ...options });
  const outcome = once(socket, 'secureConnect').then(
    () => 'authorized',
    (error: unknown) => (error as { code: string }).code,
  );
  return outcome.finally(() => socket.destroy());
}

describe('a stand-in with TLS', () => {
  test('is trusted by those who know its certificate, for its hosts only', async () => {
    const tls = selfSignedCertificate();
    standin = await startEcho({ tls });
    expect(standin.url).toBe(`https://127.0.0.1:${standin.port}`);
    expect(await verdict({ ca: tls.cert })).toBe('authorized');
    expect(await verdict({ ca: tls.cert, servername: 'localhost' })).toBe('authorized');
    expect(await verdict({ ca: tls.cert, servername: 'example.com' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await verdict({})).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  test('may have a certificate that has ended, or has not begun', async () => {
    const ended = selfSignedCertificate({ notAfter: new Date(Date.now() - 1_000) });
    standin = await startEcho({ tls: ended });
    expect(await verdict({ ca: ended.cert })).toBe('CERT_HAS_EXPIRED');
    await standin.close();
    const early = selfSignedCertificate({ notBefore: new Date(Date.now() + 60_000) });
    standin = await startEcho({ tls: early });
    expect(await verdict({ ca: early.cert })).toBe('CERT_NOT_YET_VALID');
  });

  test('ends when it was told to, also after 2049', async () => {
    standin = await startEcho();
    const notAfter = new Date('2060-02-03T04:05:06Z');
    const certificate = new X509Certificate(selfSignedCertificate({ notAfter, hosts: ['a.example'] }).cert);
    expect(new Date(certificate.validTo).toISOString()).toBe('2060-02-03T04:05:06.000Z');
    expect(certificate.subjectAltName).toBe('DNS:a.example');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });
});
