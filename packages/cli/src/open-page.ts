import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';

/** An opener that runs longer shows the page itself. */
const LONGEST_WAIT_MS = 3_000;

const NO_PAGE =
  'nothing was opened: no page was written; `sophia dashboard` writes one into --dashboard FOLDER';

/** @returns the words that open a file with whatever this system opens it with */
export function openerOf(platform: NodeJS.Platform, page: string): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['open', page];
  // `start` takes its first quoted word for a title.
  if (platform === 'win32') return ['cmd', '/c', 'start', '""', page];
  return ['xdg-open', page];
}

/**
 * Opens a page in the browser.
 *
 * @param page an absolute path
 * @returns why it was not opened, or undefined
 */
export async function openPage(page: string): Promise<string | undefined> {
  if (statSync(page, { throwIfNoEntry: false })?.isFile() !== true) return NO_PAGE;
  const [opener, ...args] = openerOf(process.platform, page);
  return new Promise((done) => {
    const child = spawn(opener, args, { stdio: 'ignore', detached: true });
    const timer = setTimeout(() => done(undefined), LONGEST_WAIT_MS);
    const end = (problem?: string) => {
      clearTimeout(timer);
      done(problem === undefined ? undefined : `${problem}; the page is ${page}`);
    };
    child.on('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'ENOENT' ? `${opener} is not installed` : `${opener}: ${error.message}`),
    );
    child.on('exit', (code) => end(code === 0 ? undefined : `${opener} ended with exit code ${code ?? 1}`));
    child.unref();
  });
}
