import type { Category } from '../report/envelope.ts';
import type { Fault } from './outcome.ts';

type Row = readonly [category: Category, message: string, hint: string];

const CUT: Row = [
  'refused',
  'the connection was cut',
  'something between here and the service closes connections: a proxy, a firewall, or the service itself restarting',
];
const NO_ROUTE: Row = ['refused', 'no route to the address', 'check the address, the VPN and the firewall'];
const NO_NAME: Row = [
  'dns',
  'the name does not resolve',
  'check the spelling of the host; a private name needs a runner inside that network',
];
const TIMED_OUT: Row = [
  'timeout',
  'no answer in time',
  'the service is slow, or a firewall drops the connection: check its status page and the allowed addresses',
];
const MALFORMED: Row = [
  'protocol',
  'the answer is no HTTP',
  'something else listens there: check the port, and http against https',
];
const UNTRUSTED: Row = [
  'tls',
  'the certificate is signed by nobody that is trusted here',
  "install the issuer's certificate (NODE_EXTRA_CA_CERTS), or let the server send its whole chain",
];

/** Codes of Node's sockets, resolver, TLS and HTTP parser (nodejs.org/api/errors.html; OpenSSL's verify codes). */
const BY_CODE: Readonly<Record<string, Row>> = {
  ENOTFOUND: NO_NAME,
  ENODATA: NO_NAME,
  EAI_NODATA: NO_NAME,
  EAI_NONAME: NO_NAME,
  EAI_AGAIN: ['dns', 'the resolver does not answer', "check the runner's DNS; it may be for a moment only"],
  EAI_FAIL: ['dns', 'the resolver failed', "check the runner's DNS"],
  ESERVFAIL: ['dns', 'the resolver failed for this name', "check the domain's name servers"],
  ECONNREFUSED: [
    'refused',
    'connection refused: nothing listens there',
    'start the service, or correct its host and port',
  ],
  ECONNRESET: CUT,
  ECONNABORTED: CUT,
  EPIPE: CUT,
  // axios, for an answer that ends in the middle.
  ERR_BAD_RESPONSE: CUT,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  EADDRNOTAVAIL: NO_ROUTE,
  ENOENT: ['refused', 'there is no such socket', 'start the service, or correct the path of its socket'],
  EACCES: [
    'forbidden',
    'this user may not open the socket',
    "give the user access to it (the group's name is often `docker`)",
  ],
  ETIMEDOUT: TIMED_OUT,
  ETIME: TIMED_OUT,
  CERT_HAS_EXPIRED: ['tls', 'the certificate has expired', "renew the server's certificate"],
  CERT_NOT_YET_VALID: ['tls', 'the certificate is not valid yet', 'check the clocks of server and runner'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'tls',
    'the certificate belongs to another host',
    'correct the host, or let the server present the certificate for it',
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_UNTRUSTED: UNTRUSTED,
  CERT_REVOKED: ['tls', 'the certificate was revoked', "renew the server's certificate"],
  EPROTO: [
    'tls',
    'the TLS handshake failed',
    'check that the port speaks TLS, and which versions it accepts',
  ],
  ERR_INVALID_CHAR: [
    'configuration',
    'a header holds a character that no header may have',
    'a key often ends with a line break by mistake: store it again without',
  ],
  ERR_INVALID_HTTP_TOKEN: ['configuration', 'a header has an impossible name', 'correct the name'],
  ERR_UNESCAPED_CHARACTERS: ['configuration', 'the path holds impossible characters', 'encode them with %'],
};

/** @returns what a fault of the transport means; undefined for a code that is none. */
export function transportFault(code: string): Fault | undefined {
  const row = BY_CODE[code] ?? byPrefix(code);
  if (row === undefined) return undefined;
  const [category, message, hint] = row;
  return { category, message: `${message} (${code})`, hint };
}

function byPrefix(code: string): Row | undefined {
  if (code.startsWith('HPE_')) return MALFORMED;
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return BY_CODE['EPROTO'];
  return undefined;
}

/** @returns the fault of an attempt that did not end in its time. */
export const timeoutFault = (limit: string): Fault => ({
  category: 'timeout',
  message: `no answer in ${limit}`,
  hint: TIMED_OUT[2],
});
