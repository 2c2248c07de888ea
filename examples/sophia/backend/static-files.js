import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

const TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.map', 'application/json'],
]);

/** A year in s: a built asset carries the hash of its content in its name and never changes. */
const ASSET_MAX_AGE_S = 31_536_000;

/**
 * Finds the built page's file for a URL path. The folder is read anew each time, so a switch of the
 * published frontend shows at once; a name that is not in it is no file, whatever it spells.
 * @returns {Promise<{body: Buffer, headers: object} | undefined>}
 */
export async function staticFile(folder, path) {
  const name = path === '/' ? 'index.html' : path.slice(1);
  const names = await readdir(folder).catch(() => []);
  const type = TYPES.get(extname(name));
  if (!names.includes(name) || !type) return undefined;
  const cache = name === 'index.html' ? 'no-store' : `public, max-age=${ASSET_MAX_AGE_S}, immutable`;
  return {
    body: await readFile(join(folder, name)),
    headers: { 'content-type': type, 'cache-control': cache },
  };
}
