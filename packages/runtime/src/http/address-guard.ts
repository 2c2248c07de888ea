import { BlockList, isIP } from 'node:net';

import type { Fault } from '@sophia/core/gate/outcome';

/** Addresses that hand out a machine's credentials, or lie on its own link; no check has business there. */
const FORBIDDEN = new BlockList();
// Link-local: RFC 3927, RFC 4291. All large clouds serve metadata at 169.254.169.254.
FORBIDDEN.addSubnet('169.254.0.0', 16, 'ipv4');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
// Metadata elsewhere: AWS over IPv6, Alibaba Cloud, Oracle Cloud, Azure's wire server.
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6');
FORBIDDEN.addAddress('100.100.100.200', 'ipv4');
FORBIDDEN.addAddress('192.0.0.192', 'ipv4');
FORBIDDEN.addAddress('168.63.129.16', 'ipv4');

const bytesOf = (high: number, low: number) => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;

/** @returns the eight groups of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const plain = address.replace(/%.*$/, '');
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(plain);
  const hex = (a = '0', b = '0') => (Number(a) * 256 + Number(b)).toString(16);
  const text =
    dotted === null ? plain : `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`;
  const [head = '', tail] = text.split('::');
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)));
  if (tail === undefined) return parse(head);
  const [left, right] = [parse(head), parse(tail)];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/** @returns the IPv4 address inside an IPv6 one: mapped or compatible (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056). */
function embeddedIpv4(address: string): string | undefined {
  const groups = groupsOf(address);
  const [first = 0, second = 0, third = 0] = groups;
  const [high = 0, low = 0] = groups.slice(-2);
  if (first === 0x2002) return bytesOf(second, third);
  if (first === 0x64 && second === 0xff9b) return bytesOf(high, low);
  const zeros = groups.slice(0, 5).every((group) => group === 0);
  return zeros && (groups[5] === 0xffff || groups[5] === 0) ? bytesOf(high, low) : undefined;
}

/** @returns true for a link-local or metadata address, however it is written or wrapped. */
export function isForbiddenAddress(address: string): boolean {
  if (isIP(address) === 4) return FORBIDDEN.check(address, 'ipv4');
  if (isIP(address) !== 6) return false;
  const inner = embeddedIpv4(address);
  return (
    FORBIDDEN.check(address.replace(/%.*$/, ''), 'ipv6') ||
    (inner !== undefined && FORBIDDEN.check(inner, 'ipv4'))
  );
}

/** @returns the fault of a target that no check may reach. */
export const forbiddenTarget = (host: string, address: string): Fault => ({
  category: 'configuration',
  message: `${host === address ? host : `${host} (${address})`} is a link-local or metadata address, which is refused`,
  hint: 'point the check at the service itself; such addresses hand out credentials of the machine',
});
