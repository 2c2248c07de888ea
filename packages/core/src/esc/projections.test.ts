import { expect, test } from '@jest/globals';
import { evaluateEnvironment } from './evaluate-environment.ts';
import { environmentVariables, files } from './projections.ts';

const evaluate = (source: string) =>
  evaluateEnvironment({ name: 'p/e', source, loadImport: () => undefined });

test('scalars become variables, exact to the digit; structures and unknowns are refused by name', () => {
  const evaluation = evaluate(`
values:
  key: { fn::secret: hunter2 }
  environmentVariables:
    TOKEN: \${key}
    BIG: 9007199254740993
    RATE: 1500000.5
    ON: true
    NOTHING: null
    LIST: [1, 2]
    LOST: \${nowhere}
`);
  expect(environmentVariables(evaluation)).toEqual({
    entries: [
      { name: 'BIG', text: '9007199254740993', secret: false },
      { name: 'NOTHING', text: '', secret: false },
      { name: 'ON', text: 'true', secret: false },
      { name: 'RATE', text: '1.5000005e+06', secret: false },
      { name: 'TOKEN', text: 'hunter2', secret: true },
    ],
    refused: [
      { name: 'LIST', reason: 'not-a-scalar' },
      { name: 'LOST', reason: 'unknown' },
    ],
  });
});

test('an environment without files asks for none', () => {
  expect(files(evaluate('values: { a: 1 }'))).toEqual({ entries: [], refused: [] });
});

test('the members of a secret section are secret', () => {
  const evaluation = evaluate(`
values:
  json: { fn::secret: '{"KUBECONFIG":"hunter2"}' }
  files: { fn::fromJSON: "\${json}" }
`);
  expect(files(evaluation).entries).toEqual([{ name: 'KUBECONFIG', text: 'hunter2', secret: true }]);
});
