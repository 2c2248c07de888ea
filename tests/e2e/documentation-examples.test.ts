// The examples of the documentation: what they pass to our actions exists, and what they configure is valid.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '@sophia/core/config/parse-config';
import { SECTION_NAMES } from '@sophia/core/config/schema';
import { ACTION_NAMES } from '@sophia/core/report/envelope';
import { parse, stringify } from 'yaml';

const root = resolve(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !path.startsWith('decisions'))
    .map((path) => `docs/${path}`),
  ...ACTION_NAMES.map((name) => `actions/${name}/README.md`),
];

const examples = pages.flatMap((page) =>
  [...text(page).matchAll(/```yaml\n([\s\S]*?)```/g)].map((match, index) => ({
    title: `${page}, ${index + 1}`,
    value: parse(match[1] ?? '') as unknown,
  })),
);

type Mapping = Readonly<Record<string, unknown>>;
const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every mapping in a document that has a key. */
function withKey(value: unknown, key: string): readonly Mapping[] {
  if (Array.isArray(value)) return value.flatMap((one) => withKey(one, key));
  if (!isMapping(value)) return [];
  return [...(key in value ? [value] : []), ...Object.values(value).flatMap((one) => withKey(one, key))];
}

const inputsOf = (path: string): readonly string[] => {
  const { inputs, on } = parse(text(path)) as {
    inputs?: Mapping;
    on?: { workflow_call: { inputs: Mapping } };
  };
  return Object.keys(inputs ?? on?.workflow_call.inputs ?? {});
};

/** The file that says what a `uses` of ours takes. */
function interfaceOf(uses: string): string | undefined {
  const path = /^ai-cherry\/sophia-actions\/(\S+)@v1$/.exec(uses)?.[1];
  return path === undefined || path.endsWith('.yml') ? path : `actions/${path}/action.yml`;
}

/** A whole configuration around a part of one; undefined for what is none. */
function configurationOf(value: unknown): Mapping | undefined {
  if (Array.isArray(value)) return configurationOf({ steps: value as unknown });
  if (!isMapping(value)) return undefined;
  const keys = Object.keys(value);
  if (keys.includes('phases')) return { deployment: value };
  if (keys.includes('steps') && keys.length === 1)
    return { deployment: { phases: [{ name: 'one', ...value }] } };
  const known: readonly string[] = ['version', ...SECTION_NAMES];
  return keys.every((key) => known.includes(key)) ? value : undefined;
}

/** What parts of a configuration refer to, and cannot hold themselves. */
const AROUND = {
  checks: {
    backend: { kind: 'tcp', host: 'localhost', port: 1 },
    users: { kind: 'tcp', host: 'localhost', port: 2 },
  },
};

const isWorkflow = (value: unknown) => withKey(value, 'uses').length > 0;

describe('workflows in the documentation', () => {
  const workflows = examples.filter(({ value }) => isWorkflow(value));

  test('are found', () => expect(workflows.length).toBeGreaterThan(10));

  test.each(workflows)('$title: gives our actions inputs that they have', ({ value }) => {
    for (const call of withKey(value, 'uses')) {
      const path = interfaceOf(String(call['uses']));
      if (path === undefined) continue;
      const given = isMapping(call['with']) ? Object.keys(call['with']) : [];
      expect([path, given.filter((name) => !inputsOf(path).includes(name))]).toEqual([path, []]);
    }
  });
});

describe('configurations in the documentation', () => {
  const inline = examples.flatMap(({ title, value }) =>
    withKey(value, 'config-inline').map((one) => ({
      title,
      value: parse(String(one['config-inline'])) as unknown,
    })),
  );
  const parts = [...examples.filter(({ value }) => !isWorkflow(value)), ...inline].flatMap(
    ({ title, value }) => {
      if (value === null) return []; // a comment
      return [{ title, configuration: configurationOf(value) }];
    },
  );

  test('are found', () => expect(parts.length).toBeGreaterThan(8));

  test.each(parts)('$title: is valid', ({ configuration }) => {
    if (configuration === undefined) throw new Error('neither a workflow nor a part of a configuration');
    const whole = { ...AROUND, ...configuration };
    const variables = {
      GITHUB_SHA: 'a'.repeat(40),
      SOPHIA_REGION: 'r',
      SOPHIA_OUTPUT_BUILD_IMAGE_REFERENCE: 'i',
    };
    const request = { environment: '', deploymentId: '', nowMs: 0, variables, sections: SECTION_NAMES };
    expect(() => parseConfig({ text: stringify(whole), file: 'example.yml', ...request })).not.toThrow();
  });
});
