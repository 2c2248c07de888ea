import { stringify } from 'yaml';

import type { ActionDefinition } from './action.ts';

const GENERATED = '# Generated from definition.ts by `npm run generate`; edit that file.\n';

/** @returns the text of the action's `action.yml` (GitHub's metadata syntax). */
export function renderActionYaml(definition: ActionDefinition): string {
  const inputs = Object.entries(definition.inputs).map(([name, field]) => [
    name,
    { description: field.description, required: false, default: field.default },
  ]);
  const outputs = Object.entries(definition.outputs).map(([name, description]) => [name, { description }]);
  const post = definition.post ? { post: 'dist/post/index.js', 'post-if': 'always()' } : {};
  const document = {
    name: definition.title,
    description: definition.description,
    author: 'sophia-actions',
    branding: definition.branding,
    inputs: Object.fromEntries(inputs),
    outputs: Object.fromEntries(outputs),
    runs: { using: 'node24', main: 'dist/index.js', ...post },
  };
  return GENERATED + stringify(document, { lineWidth: 0 });
}

const cell = (value: string) => value.replace(/\|/g, '\\|').replace(/\n/g, ' ');

/** @returns the README's tables of inputs and outputs, in Markdown. */
export function renderTables(definition: ActionDefinition): string {
  const inputs = Object.entries(definition.inputs).map(
    ([name, field]) =>
      `| \`${name}\` | ${cell(field.type)} | ${field.default === '' ? '' : `\`${cell(field.default)}\``} | ${cell(field.description)} |`,
  );
  const outputs = Object.entries(definition.outputs).map(
    ([name, words]) => `| \`${name}\` | ${cell(words)} |`,
  );
  return [
    '| input | type | default | meaning |',
    '| --- | --- | --- | --- |',
    ...inputs,
    '',
    '| output | meaning |',
    '| --- | --- |',
    ...outputs,
  ].join('\n');
}

const START = '<!-- generated: inputs and outputs -->';
const END = '<!-- end of generated -->';

/** @returns the README with what stands between its markers replaced; without markers, they are added at the end. */
export function insertTables(readme: string, tables: string): string {
  const block = `${START}\n\n${tables}\n\n${END}`;
  const start = readme.indexOf(START);
  const end = readme.indexOf(END);
  if (start === -1 || end === -1) return `${readme.trimEnd()}\n\n## Inputs and outputs\n\n${block}\n`;
  return readme.slice(0, start) + block + readme.slice(end + END.length);
}
