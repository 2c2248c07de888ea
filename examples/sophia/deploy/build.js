import { build } from 'esbuild';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Builds are told what they make by their result; esbuild itself speaks only of errors. */
const QUIET = { logLevel: 'error', absWorkingDir: root };

/**
 * Bundles the backend with its packages into one file, and lays its migrations beside it.
 * @param {string} folder of the release
 */
export async function buildBackend(folder) {
  const target = join(folder, 'backend');
  rmSync(target, { recursive: true, force: true });
  await build({
    ...QUIET,
    entryPoints: ['backend/server.js'],
    outfile: join(target, 'server.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
  });
  cpSync(join(root, 'backend', 'migrations'), join(target, 'migrations'), { recursive: true });
}

/**
 * Builds the page: bundled, minified, each asset named after its content's hash.
 * @param {{folder: string, release: string, entry?: string}} options entry: default `frontend/main.js`
 * @throws where the sources do not build; esbuild has printed where
 */
export async function buildFrontend({ folder, release, entry = 'frontend/main.js' }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    ...QUIET,
    entryPoints: { main: entry, style: 'frontend/style.css' },
    entryNames: '[name]-[hash]',
    outdir: folder,
    bundle: true,
    minify: true,
    metafile: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
  });
  const outputs = Object.keys(metafile.outputs).map((output) => basename(output));
  const asset = (extension) => outputs.find((output) => output.endsWith(extension));
  const page = readFileSync(join(root, 'frontend', 'index.html'), 'utf8')
    .replaceAll('%RELEASE%', release)
    .replace('%STYLE%', asset('.css'))
    .replace('%SCRIPT%', asset('.js'));
  writeFileSync(join(folder, 'index.html'), page);
}
