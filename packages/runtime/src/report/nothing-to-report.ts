import { SophiaError } from '@sophia/core/errors';

import type { Found } from './find-files.ts';
import type { ReportInputs } from './report-inputs.ts';

/** @returns true where there is something to report: a file (also one that is only listed), results of jobs, or a text. */
export function isAnything(inputs: ReportInputs, { sources, listed }: Found): boolean {
  return sources.length > 0 || listed.length > 0 || inputs.needs !== '' || inputs.message !== '';
}

/** Nothing is never green: whoever asks for a report and has none has made a mistake somewhere. */
export const nothingToReport = () =>
  new SophiaError('usage', {
    message:
      'there is nothing to report: no report matches, no artifact of the run has one, and `needs` is empty',
    hint: 'give `needs: ${{ toJSON(needs) }}`, or check `reports` and `artifact-pattern`',
  });
