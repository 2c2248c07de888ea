import { describe, expect, test } from '@jest/globals';

import { isForbiddenAddress } from './address-guard.ts';

describe('addresses that no check may reach', () => {
  test.each([
    '169.254.169.254',
    '169.254.0.1',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    'FD00:EC2:0:0:0:0:0:254',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '0:0:0:0:0:ffff:a9fe:a9fe',
    '::a9fe:a9fe',
    '64:ff9b::169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
  ])('%s', (address) => {
    expect(isForbiddenAddress(address)).toBe(true);
  });

  test.each([
    '127.0.0.1',
    '::1',
    '10.0.0.1',
    '192.168.1.1',
    '8.8.8.8',
    '2606:4700::1111',
    'fd12::1',
    '::ffff:127.0.0.1',
    'example.com',
    '',
  ])('but not %s', (address) => {
    expect(isForbiddenAddress(address)).toBe(false);
  });
});
