import { readFile } from 'node:fs/promises';

import { verifyJournal } from '@sophia/core/deploy/verify-journal';
import { Command } from 'commander';

/** Exit codes of `sophia journal verify` (contract, section 6). */
const CODES = { intact: 0, torn: 0, broken: 1, missing: 2 } as const;

/** `sophia journal verify FILE`: is the chain of hashes whole? */
export function journalCommand(): Command {
  const journal = new Command('journal').description('the journal of a deployment');
  journal
    .command('verify')
    .argument('<file>')
    .description('check the chain of hashes: 0 intact, 1 broken, 2 no journal')
    .action(async (file: string) => {
      const text = await readFile(file, 'utf8').catch(() => undefined);
      if (text === undefined) {
        process.stdout.write(`${file}: there is no journal\n`);
        process.exitCode = CODES.missing;
        return;
      }
      const verdict = verifyJournal(text);
      process.stdout.write(`${file}: ${verdict.message}\n`);
      process.exitCode = CODES[verdict.state];
    });
  return journal;
}
