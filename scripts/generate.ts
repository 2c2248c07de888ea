// Writes everything that is derived from the definitions: each action's `action.yml`, the tables of its README, and
// the JSON Schemas. `--check` writes nothing and exits 1 where a file is out of step.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { configJsonSchema } from '@sophia/core/config/json-schema';
import type { ActionDefinition } from '@sophia/core/definition/action';
import { insertTables, renderActionYaml, renderTables } from '@sophia/core/definition/render-action';
import { ACTION_NAMES } from '@sophia/core/report/envelope';
import { reportJsonSchema } from '@sophia/core/report/report-schema';
import { format, resolveConfig } from 'prettier';

const root = dirname(import.meta.dirname);

const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

async function generatedFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const name of ACTION_NAMES) {
    const source = join(root, 'actions', name, 'definition.ts');
    if (!existsSync(source)) continue;
    const { definition } = (await import(source)) as { definition: ActionDefinition };
    const readme = join(root, 'actions', name, 'README.md');
    files.set(join(root, 'actions', name, 'action.yml'), renderActionYaml(definition));
    files.set(
      readme,
      insertTables(
        read(readme) || `# ${definition.title}\n\n${definition.description}\n`,
        renderTables(definition),
      ),
    );
  }
  // `sophia init` writes the example's caller; a bundle has no file beside it, so the text travels inside.
  const caller = readFileSync(
    join(root, 'examples/sophia/.github/workflows/sophia-master-deployment.yml'),
    'utf8',
  );
  files.set(join(root, 'packages/cli/src/caller-workflow.json'), JSON.stringify({ text: caller }));
  files.set(join(root, 'schemas', 'sophia.schema.json'), JSON.stringify(configJsonSchema()));
  for (const name of ACTION_NAMES)
    files.set(join(root, 'schemas', `${name}-report.schema.json`), JSON.stringify(reportJsonSchema(name)));
  return files;
}

async function formatted(path: string, text: string): Promise<string> {
  if (path.endsWith('action.yml')) return text;
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

const onlyCheck = process.argv.includes('--check');
let different = 0;
for (const [path, text] of await generatedFiles()) {
  const wanted = await formatted(path, text);
  if (read(path) === wanted) continue;
  different += 1;
  if (onlyCheck) console.error(`out of step: ${path.slice(root.length + 1)}; run \`npm run generate\``);
  else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, wanted);
  }
}
process.exitCode = onlyCheck && different > 0 ? 1 : 0;
