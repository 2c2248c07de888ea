import { readFile } from 'node:fs/promises';

import { SophiaError } from '@sophia/core/errors';
import { stepPasses } from '@sophia/core/report/judge';
import { replayGate } from '@sophia/runtime/gate/replay-gate';
import { fileFault } from '@sophia/runtime/ports/file-fault';

import { EXIT } from './exit-codes.ts';
import { renderItems } from './render-items.ts';

/**
 * `sophia gate --replay REPORT`: judges an old report again, offline; with `--json` its text, to the same bytes.
 *
 * @returns the exit code that the gate would have ended with
 */
export async function replay(path: string, json: boolean): Promise<number> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new SophiaError('usage', {
      message: `${path} cannot be read: ${fileFault(error)}`,
      hint: 'give the path of a health_gate_report.json',
    });
  });
  const replayed = replayGate(text);
  process.stdout.write(
    json ? replayed.text : `${renderItems(replayed.report, process.stdout.columns || 100)}\n`,
  );
  if (!replayed.isSame)
    process.stderr.write(`${path} was judged otherwise than it says, or was written by hand\n`);
  return stepPasses(replayed.report.status) ? EXIT.passes : EXIT.fails;
}
