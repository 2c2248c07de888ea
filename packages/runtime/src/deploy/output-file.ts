import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Outputs } from '@sophia/core/deploy/event';
import { MOST_OUTPUT_BYTES, parseStepOutputs } from '@sophia/core/deploy/parse-step-outputs';

import type { Redaction } from '../ports/redaction.ts';

/** The file that `$SOPHIA_OUTPUT` names, for one run of one program. */
export interface OutputFile {
  readonly path: string;
  /** @returns the declared outputs, or what is wrong with the file. Removes it. */
  read(declared: readonly string[]): Promise<ReadOutputs>;
}

export type ReadOutputs =
  { readonly outputs: Outputs; readonly undeclared: readonly string[] } | { readonly problem: string };

/** Creates an empty file for outputs in a folder that only we can read. */
export async function createOutputFile(
  folder: string,
  redaction: Redaction,
  name: string,
): Promise<OutputFile> {
  const path = join(folder, name);
  await (await open(path, 'w', 0o600)).close();
  return {
    path,
    async read(declared) {
      const text = await readStart(path);
      await rm(path, { force: true });
      if (text.length > MOST_OUTPUT_BYTES)
        return { problem: `$SOPHIA_OUTPUT is larger than ${MOST_OUTPUT_BYTES} bytes` };
      const parsed = parseStepOutputs(text.toString('utf8'), declared);
      return 'problem' in parsed ? parsed : (secretProblem(parsed.outputs, redaction) ?? parsed);
    },
  };
}

/** Outputs stand in the journal and in reports, so no secret may be among them (contract, section 2, Trust). */
function secretProblem(outputs: Outputs, redaction: Redaction): { problem: string } | undefined {
  const found = Object.entries(outputs).find(([, value]) => redaction.redact(value) !== value);
  if (found === undefined) return undefined;
  return {
    problem: `the output ${found[0]} holds a secret; outputs are journaled, so pass secrets by \`secrets\` only`,
  };
}

/** A step may have put a pipe or a link there: neither is waited for nor followed. */
const SAFELY = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** One byte more than is allowed, so that a file that is too large is seen without reading all of it. */
async function readStart(path: string): Promise<Buffer> {
  const buffer = Buffer.alloc(MOST_OUTPUT_BYTES + 1);
  try {
    const file = await open(path, SAFELY);
    try {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    // A step may remove the file: then it has no outputs.
    return Buffer.alloc(0);
  }
}
