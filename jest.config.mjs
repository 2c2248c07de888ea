// Colours depend on where tests run (CI switches them on); what is compared has none.
process.env.NO_COLOR ??= '1';

const swc = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022', experimental: { keepImportAttributes: true } },
  module: { type: 'es6' },
};

/**
 * Tests beside the sources are quick; `*.long.test.ts` run in `npm run test:long` only, `*.conformance.test.ts` in
 * `npm run conformance`.
 */
const SLOW = ['long', 'conformance'];
const kind = SLOW.find((name) => process.env[`SOPHIA_TEST_${name.toUpperCase()}`] === '1');

export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', swc] },
  testMatch: [kind === undefined ? '**/*.test.ts' : `**/*.${kind}.test.ts`],
  testPathIgnorePatterns: [
    '/node_modules/',
    '/release/',
    '/out/',
    ...(kind === undefined ? SLOW.map((name) => `\\.${name}\\.test\\.ts$`) : []),
  ],
  modulePathIgnorePatterns: ['<rootDir>/release/', '<rootDir>/out/', '/.stryker-tmp/'],
  coverageProvider: 'v8',
  collectCoverageFrom: ['packages/*/src/**/*.ts', 'actions/*/*.ts', '!**/*.test.ts'],
  // Programs of others start slowly where the machine is busy.
  testTimeout: kind === 'conformance' ? 600_000 : 30_000,
  // Tests wait for processes and sockets more than they compute: as many at once as there are cores, where jest's own
  // choice is one fewer. The long ones load the machine on purpose, and have it for themselves.
  maxWorkers: kind === undefined ? '100%' : 1,
};
