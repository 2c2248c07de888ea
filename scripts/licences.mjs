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
    // An optional peer that is there is bundled too.
    ...manifest.peerDependenciesMeta,
  });
  for (const name of names) {
    const place = packageFolder(name, folder);
    if (place === undefined || found.has(place)) continue;
    found.set(place, name);
    collect(place, found);
  }
}

/** The licence in a README, which some packages have instead of a file: from its heading to the next. */
function ofReadme(folder) {
  const readme = readdirSync(folder).find((file) => /^readme/i.test(file));
  const text = readme === undefined ? '' : readFileSync(join(folder, readme), 'utf8');
  const from = /^(?:#+ *licen[cs]e.*|licen[cs]e *\n[-=]{3,})$/im.exec(text);
  if (from === null) return '';
  const rest = text.slice(from.index + from[0].length);
  const section = rest.slice(0, /^#+ |^.+\n[-=]{3,}$/m.exec(rest)?.index).trim();
  return /permission|redistribut/i.test(section) ? section : '';
}

function entry(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder)
    .filter((file) => LICENCE_FILE.test(file))
    .sort();
  const body = texts.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  const licence = typeof manifest.license === 'string' ? manifest.license : '';
  const author =
    typeof manifest.author === 'string' ? manifest.author : (manifest.author?.name ?? manifest.name);
  return {
    name: manifest.name,
    title: `${manifest.name} ${manifest.version} (${licence === '' ? 'see below' : licence})`,
    licence,
    author: author.replace(/ *<.*$/, ''),
    body: body === '' ? ofReadme(folder) : body,
  };
}

/** What stands under a package that carries no text: whose it is, and where the text of its licence stands. */
function elsewhere({ licence, author }, entries) {
  // Such as `MIT/X11` and `(Apache-2.0 AND BSD-3-Clause)`.
  const named = licence.match(/[\w.-]+/g)?.filter((word) => !['AND', 'OR', 'X11'].includes(word)) ?? [];
  const places = named.map((one) => {
    const other = entries.find(({ licence: same, body }) => same === one && body !== '');
    return `${one} under ${other?.name ?? 'https://spdx.org/licenses'}`;
  });
  return places.length === 0
    ? 'Neither the package nor its manifest says under which licence it is.'
    : `Copyright (c) ${author}\n\nThe package carries no licence text of its own; its manifest names the licence above, whose text stands here: ${places.join(', ')}.`;
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
    sorted
      .map((one) => `${rule}\n${one.title}\n${rule}\n\n${one.body || elsewhere(one, sorted)}\n`)
      .join('\n'),
  );
}
