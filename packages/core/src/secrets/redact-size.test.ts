// What only size shows: apart, because mutation tests run the tests beside it hundreds of times.
import { expect, test } from '@jest/globals';

import { maskedForms } from './masks.ts';
import { createRedactor } from './redact.ts';

test('a secret of twenty thousand lines', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `line-number-${index}-of-a-long-secret-text`);
  expect(createRedactor(maskedForms(lines.join('\n')))(`<${lines[17_000]}>`)).toBe('<***>');
});

test('a mask of a million characters', () => {
  const long = 'ab'.repeat(500_000);
  expect(createRedactor([long, `${long}c`])(`<${long}c>`)).toBe('<***>');
});
