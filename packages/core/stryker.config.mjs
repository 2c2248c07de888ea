// One area of `npm run mutation` (scripts/mutation.mjs): its sources, and the tests that should notice.
const { SOPHIA_MUTATE: sources = '', SOPHIA_AREA: area = '' } = process.env;

export default {
  testRunner: 'in-process',
  plugins: ['./stryker.runner.mjs'],
  mutate: sources.split(',').map((path) => `src/${path}.ts`),
  // Inside the package, so that its packages are found from the copy.
  tempDirName: '.stryker-tmp',
  ignorePatterns: ['/src/esc/fixtures', '/src/report/golden'],
  coverageAnalysis: 'perTest',
  // A constant of a module would need a process of its own for each mutant.
  ignoreStatic: true,
  concurrency: 2,
  timeoutMS: 20_000,
  reporters: ['clear-text', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false, reportScoreTable: false },
  jsonReporter: { fileName: `../../out/mutation/${area}.json` },
};
