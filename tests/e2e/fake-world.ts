// What the programs of tests have in common: they note their calls, fail where they are asked to, and keep a world in a file.
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env['FAKE_WORLD'] ?? '';

export const argv = process.argv.slice(2);
export const flag = (name: string) =>
  argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);

export function die(message: string, code = 1): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

/** Notes the call; a file `fail` holds lines `words of the call => what is said of it`. */
export function openWorld<W>(): W {
  appendFileSync(join(folder, 'calls.log'), `${argv.join(' ')}\n`);
  const path = join(folder, 'fail');
  for (const line of existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []) {
    const [words = '', said = ''] = line.split(' => ');
    if (words !== '' && argv.join(' ').includes(words)) die(said);
  }
  return JSON.parse(readFileSync(join(folder, 'world.json'), 'utf8')) as W;
}

/** In one piece: the program may be killed at any moment. */
export function saveWorld(world: unknown): void {
  const path = join(folder, `world.${process.pid}`);
  writeFileSync(path, JSON.stringify(world));
  renameSync(path, join(folder, 'world.json'));
}
