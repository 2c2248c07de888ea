/** The tests of one area of this package: a copy of it is mutated, and has no other package beside it. */
const swc = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022', experimental: { keepImportAttributes: true } },
  module: { type: 'es6' },
};
const tests = process.env.SOPHIA_MUTATION_TESTS?.split(',') ?? [];

export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  setupFiles: ['<rootDir>/stryker.setup.mjs'],
  transform: { '\\.ts$': ['@swc/jest', swc] },
  testMatch: tests.map((path) => `**/src/${path}.test.ts`),
};
