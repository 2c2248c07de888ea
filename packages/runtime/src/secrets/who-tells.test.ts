import { expect, test } from '@jest/globals';

import { whoTells } from './who-tells.ts';

test.each(['api.pulumi.com', 'pulumi.com', 'api.eu.pulumi.com:8443'])(
  'of trouble at %s the page of Pulumi Cloud tells',
  (host) => {
    expect(whoTells(host)).toBe('https://status.pulumi.com tells whether Pulumi Cloud has trouble');
  },
);

test.each([
  '127.0.0.1:41093',
  'localhost',
  'pulumi.acme.example',
  'notpulumi.com',
  'pulumi.com.acme.example',
])('of trouble at %s it does not', (host) => {
  expect(whoTells(host)).toMatch(`${host} is not Pulumi Cloud's own address`);
  expect(whoTells(host)).not.toContain('status.pulumi.com');
});
