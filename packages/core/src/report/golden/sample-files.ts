// Files of tests and scanners, as others write them.
import type { SourceFile } from '../read/source.ts';

/** @returns a file of JSON */
export const file = (path: string, document: unknown): SourceFile => ({
  path,
  text: `${JSON.stringify(document, undefined, 2)}\n`,
});

/** @returns a JUnit file of 35 tests, and these failures */
export const junit = (failures: string): SourceFile => ({
  path: 'sophia-tests-1/reports/tests.xml',
  text: `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="backend"><testsuite name="notes">
${Array.from({ length: 34 }, (_, index) => `<testcase classname="notes" name="case ${index + 1}" time="0.0${(index % 9) + 1}"/>`).join('\n')}
${failures}<testcase classname="notes" name="on a slow disk" time="0"><skipped/></testcase>
</testsuite></testsuites>
`,
});

/** One of them. */
export const failedTest = `<testcase classname="notes.list" name="pages | keeps order &lt;newest first&gt;" time="0.12" file="backend/notes.test.js" line="41"><failure message="expected [3, 2, 1], got [3, 1, 2]"/></testcase>\n`;

/** Coverage. */
export const lcov: SourceFile = {
  path: 'sophia-tests-1/reports/lcov.info',
  text: 'TN:\nSF:backend/notes.js\nLF:420\nLH:371\nBRF:90\nBRH:70\nend_of_record\n',
};

/** A finding that is a warning. */
export const sarif = file('sophia-security-1/security.sarif', {
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'demo-scanner', rules: [{ id: 'weak-hash' }] } },
      results: [
        {
          ruleId: 'weak-hash',
          level: 'warning',
          message: { text: 'md5 is no hash for passwords' },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: 'backend/legacy.js' },
                region: { startLine: 12 },
              },
            },
          ],
        },
      ],
    },
  ],
});
