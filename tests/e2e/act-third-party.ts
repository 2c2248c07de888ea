import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { findBuiltin } from '@sophia/local-runner/builtins/table';
import { buildSync } from 'esbuild';

function writeAction(folder: string, name: string): void {
  const builtin = findBuiltin(name);
  if (builtin === undefined) throw new Error(`the local runner has no ${name}`);
  mkdirSync(folder, { recursive: true });
  const contents = `
    import { findBuiltin } from '@sophia/local-runner/builtins/table';
    import { runAsAction } from './act-builtin.ts';
    await runAsAction(findBuiltin(${JSON.stringify(name)}));`;
  buildSync({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    ...{
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: join(folder, 'index.mjs'),
      logLevel: 'error',
    },
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  });
  const inputs = Object.fromEntries(
    Object.entries(builtin.inputs).map(([input, value]) => [input, { description: input, default: value }]),
  );
  const definition = {
    ...{ name, description: 'A local equivalent', inputs },
    runs: { using: 'node24', main: 'index.mjs' },
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'action.yml'), JSON.stringify(definition));
}

/**
 * Writes the local runner's equivalents of all third-party actions of a workflow, but for checkout (act's own).
 *
 * @param text the workflow's
 * @returns what `--local-repository` takes, one for each
 */
export function writeThirdParty(text: string, directory: string): readonly string[] {
  const used = [...text.matchAll(/uses: ((?:actions|github)\/[\w/-]+)@([0-9a-f]{40})/g)];
  const actions = new Map(used.map(([, name = '', ref = '']) => [name, ref]));
  actions.delete('actions/checkout');
  return [...actions].map(([name, ref]) => {
    const [owner = '', repository = '', ...path] = name.split('/');
    const folder = join(directory, owner, repository);
    writeAction(join(folder, ...path), name);
    return `${owner}/${repository}@${ref}=${folder}`;
  });
}
