import { connect } from 'node:tls';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';

import { failed, passed, warned } from '@sophia/core/gate/outcome';
import type { ProbeResult } from '@sophia/core/gate/outcome';

import { connectTcp, unknownSocketFault } from '../../http/connect.ts';
import { socketFault } from '../../http/socket-fault.ts';
import type { CheckProbe } from '../probe.ts';

const DAY_MS = 86_400_000;

/** A TLS handshake: the certificate must be trusted here, belong to the host and not end soon. */
export const tls: CheckProbe<'tls'> = {
  target: ({ host, port }) => `${host}:${port}`,
  async probe(check, { signal, session }) {
    const { host, port } = check;
    const connected = await connectTcp({ host, port, signal });
    if ('fault' in connected) return failed(connected.fault);
    const shaken = await handshake(connected.socket, host);
    if ('error' in shaken) return failed(socketFault(shaken.error) ?? unknownSocketFault);
    const certificate = shaken.secure.getPeerCertificate();
    shaken.secure.destroy();
    return judge(certificate, check['min-days'], session.host.clock.nowMs());
  },
};

type Handshake = { readonly secure: TLSSocket } | { readonly error: unknown };

function handshake(socket: Socket, host: string): Promise<Handshake> {
  return new Promise((resolve) => {
    const servername = isIP(host) === 0 ? host : '';
    const secure = connect({ socket, servername, host }, () => resolve({ secure }));
    secure.once('error', (error) => resolve({ error }));
  });
}

function judge(certificate: PeerCertificate, minDays: number, nowMs: number): ProbeResult {
  const end = Date.parse(certificate.valid_to);
  const days = Math.floor((end - nowMs) / DAY_MS);
  const date = new Date(end).toISOString().slice(0, 10);
  const message = `the certificate is valid until ${date}, ${days} days`;
  const details = {
    days,
    validTo: date,
    issuer: String(certificate.issuer.O ?? certificate.issuer.CN ?? ''),
  };
  if (days >= minDays) return passed(message, details);
  const hint = `renew it: fewer than ${minDays} days are left`;
  return warned({ category: 'tls', message, hint }, details);
}
