// Programs from Debian that only judge the project, in `npm run test:long`: installed where that is possible.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The font that pictures of pages are made with. */
const PICTURE_FONT = '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf';

/** Package to what shows that it is there: a program, or the path of a file. */
const PACKAGES = { chromium: 'chromium', 'fonts-dejavu-core': PICTURE_FONT, 'redis-server': 'redis-server' };

const isThere = (witness) =>
  witness.startsWith('/')
    ? existsSync(witness)
    : spawnSync('which', [witness], { stdio: 'ignore' }).status === 0;
const apt = (...args) =>
  spawnSync('apt-get', args, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });

/** Installs what is missing; where it cannot, says so, and the tests that need it are skipped with that reason. */
export function installDebianPackages() {
  const missing = Object.keys(PACKAGES).filter((name) => !isThere(PACKAGES[name]));
  if (missing.length === 0) return;
  if (!isThere('apt-get') || process.getuid?.() !== 0) {
    console.log(
      `not here: ${missing.join(', ')} (no root on a Debian machine); tests that need them are skipped`,
    );
    return;
  }
  console.log(`set-up: installing ${missing.join(', ')} ...`);
  apt('update', '-q');
  const { status, stderr } = apt('install', '-y', '-q', '--no-install-recommends', ...missing);
  if (status !== 0)
    console.log(`could not be installed: ${missing.join(', ')}: ${String(stderr).trim().split('\n').at(-1)}`);
}
