// The licences of everything that may be inside a bundle: all production dependencies, found through the workspace.
import { existsSync, readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;

function packageFolder(name, from) {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
  }
  return undefined;
}

function collect(folder, found) {
  const manifest = createRequire(join(folder, 'package.json'))('./package.json');
  const names = Object.keys({
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  });
  for (const name of names) {
    const place = packageFolder(name, folder);
    if (place === undefined || found.has(place)) continue;
    found.set(place, name);
    collect(place, found);
  }
}

function entry(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder)
    .filter((file) => LICENCE_FILE.test(file))
    .sort();
  const body = texts.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  const title = `${manifest.name} ${manifest.version} (${typeof manifest.license === 'string' ? manifest.license : 'see below'})`;
  return {
    title,
    body:
      body === ''
        ? 'The package carries no licence text of its own; its manifest names the licence above.'
        : body,
  };
}

/** Writes the licences of all production dependencies of the workspace's packages to one file, by name. */
export function writeLicences(root, target) {
  const found = new Map();
  for (const name of ['core', 'runtime', 'cli', 'local-runner', 'standins'])
    collect(join(root, 'packages', name), found);
  const entries = [...found.keys()].filter((folder) => folder.includes('.pnpm')).map(entry);
  const sorted = entries.sort((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : 0));
  const rule = '-'.repeat(80);
  writeFileSync(
    target,
    sorted.map(({ title, body }) => `${rule}\n${title}\n${rule}\n\n${body}\n`).join('\n'),
  );
}
