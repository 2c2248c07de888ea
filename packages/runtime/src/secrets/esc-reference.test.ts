import { describe, expect, test } from '@jest/globals';

import { ownNames, parseEscReference, renderEscReference } from './esc-reference.ts';

describe('an environment', () => {
  test.each(['acme/default/app', 'acme/default/app@12', 'a.b/c_d/e-f@stable'])('%s', (text) => {
    expect(renderEscReference(parseEscReference(text))).toBe(text);
  });

  test.each([
    '',
    'app',
    'default/app',
    'a/b/c/d',
    'a/../c',
    'a/b/c@',
    'a/b/c@..',
    'a/b/c@1/open',
    'a/b/c d',
    'a/b/%2e%2e',
  ])('%j is none', (text) => {
    expect(() => parseEscReference(text)).toThrow('is no ESC environment');
  });

  test('may be meant by its name with or without project and organisation', () => {
    const names = ownNames(parseEscReference('acme/default/app@1'));
    expect([...names]).toEqual(['app', 'default/app', 'acme/default/app']);
  });
});
