import { BlockList, isIP } from 'node:net';

import type { Fault } from '@sophia/core/gate/outcome';

type Variables = Readonly<Record<string, string | undefined>>;

/** The way to a URL: straight, or by a proxy. */
export type Way = { readonly proxy: URL | undefined } | { readonly fault: Fault };

const DIRECT: Way = { proxy: undefined };

/** Lower case first, as curl and Go have it; `HTTP_PROXY` is of interest only where nobody outside can set it: here. */
const read = (variables: Variables, name: string) =>
  (variables[name.toLowerCase()] || variables[name] || '').trim();

/**
 * Chooses the way to a URL by HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as curl and Go do: this machine itself is never
 * reached by a proxy.
 *
 * @returns a fault where the variable names a proxy that is none
 */
export function wayTo(url: URL, variables: Variables): Way {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = read(variables, name);
  if (value === '' || isLoopback(bareHost(url)) || isExcepted(url, read(variables, 'NO_PROXY')))
    return DIRECT;
  const text = value.includes('://') ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy === undefined || !['http:', 'https:'].includes(proxy.protocol)) return { fault: noProxy(name) };
  return { proxy };
}

const noProxy = (name: string): Fault => ({
  category: 'configuration',
  message: `${name} names no HTTP proxy`,
  hint: `write it as http://host:port or https://host:port (SOCKS is not supported), or list the host in NO_PROXY`,
});

const bareHost = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '').toLowerCase();
const isLoopback = (host: string) => /^(localhost|.*\.localhost|127\..*|::1)$/.test(host);

/** NO_PROXY: `*`, names (with their subdomains), addresses, networks such as 10.0.0.0/8, each with a port or without. */
function isExcepted(url: URL, list: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list.split(/[\s,]+/).some((entry) => {
    const { host, onlyPort } = splitPort(entry.toLowerCase());
    return host !== '' && (onlyPort === undefined || onlyPort === port) && covers(host, bareHost(url));
  });
}

function splitPort(entry: string): { readonly host: string; readonly onlyPort: string | undefined } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(entry);
  if (match === null) return { host: entry.replace(/^\[|\]$/g, ''), onlyPort: undefined };
  return { host: match[1] ?? match[2] ?? '', onlyPort: match[3] };
}

function covers(entry: string, host: string): boolean {
  if (entry === '*') return true;
  const [network = '', bits] = entry.split('/');
  if (bits !== undefined) return isInside(network, Number(bits), host);
  const name = entry.replace(/^\*?\./, '');
  return host === name || host.endsWith(`.${name}`);
}

function isInside(network: string, bits: number, host: string): boolean {
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(network) === 0 || isIP(host) !== isIP(network)) return false;
  if (!(bits >= 0 && bits <= (family === 'ipv6' ? 128 : 32))) return false;
  const block = new BlockList();
  block.addSubnet(network, bits, family);
  return block.check(host, family);
}

/** @returns the header that a proxy's own credentials go in; undefined where its URL has none. */
export function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** @returns every form of the proxies' credentials in the variables: they are secrets. */
export function proxySecrets(variables: Variables): readonly string[] {
  return ['HTTPS_PROXY', 'HTTP_PROXY'].flatMap((name) => {
    const value = read(variables, name);
    const text = value.includes('://') ? value : `http://${value}`;
    if (value === '' || !URL.canParse(text)) return [];
    const url = new URL(text);
    const header = proxyAuthorization(url);
    return header === undefined ? [] : [decodeURIComponent(url.password), header.slice('Basic '.length)];
  });
}

/** What a proxy answers instead of a connection. */
export class ProxyRefusal extends Error {
  readonly fault: Fault;

  constructor(proxy: URL, status: number) {
    super(`the proxy ${proxy.host} answered ${status}`);
    this.fault = refusalOf(proxy, status);
  }
}

function refusalOf({ host }: URL, status: number): Fault {
  const of = `the proxy ${host}`;
  if (status === 407) {
    const hint = 'give them in HTTPS_PROXY (http://user:password@host:port), or list the host in NO_PROXY';
    return { category: 'unauthorized', message: `${of} wants credentials (407)`, hint };
  }
  if (status === 403) {
    const hint = 'have the host allowed there, or list it in NO_PROXY';
    return { category: 'forbidden', message: `${of} lets nobody through to this host (403)`, hint };
  }
  if (status >= 500) {
    const hint = 'check the host and the port; a name that only this machine knows belongs into NO_PROXY';
    return { category: 'refused', message: `${of} does not reach it (${status})`, hint };
  }
  const hint = 'check that HTTPS_PROXY names an HTTP proxy that allows CONNECT';
  return { category: 'protocol', message: `${of} opens no way to it (${status})`, hint };
}

/** @returns a fault on the way by a proxy, which says so: most often the proxy itself is not reached. */
export const behindProxy = (fault: Fault, proxy: URL): Fault =>
  fault.message.startsWith('the proxy ') || fault.category === 'configuration'
    ? fault
    : { ...fault, message: `by the proxy ${proxy.host}: ${fault.message}` };
