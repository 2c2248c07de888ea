import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { defineAction, parseInputs } from './action.ts';
import { boolean, choice, duration, integer, lines, names, secretText } from './input.ts';
import { insertTables, renderActionYaml, renderTables } from './render-action.ts';

const definition = defineAction({
  name: 'health-gate',
  title: 'Gate',
  description: 'Asks.',
  inputs: {
    checks: names({ description: 'Names | of checks.' }),
    'fail-on': choice(['critical', 'warning', 'never'], { description: 'When.', default: 'critical' }),
    force: boolean({ description: 'Pass.', default: 'false' }),
    'max-lifetime': duration({ description: 'How long.', default: '6h' }),
    limit: integer({ min: 1, max: 9 }, { description: 'How many.', default: '3' }),
    export: lines({ description: 'Lines.' }),
    'access-token': secretText({ description: 'Token.' }),
  },
  outputs: { score: 'The score.' },
  post: false,
  branding: { icon: 'activity', color: 'green' },
});

const given = (values: Record<string, string>) => parseInputs(definition, (name) => values[name] ?? '');

describe('inputs', () => {
  test('get their defaults, and the common ones of all actions', () => {
    expect(given({})).toMatchObject({
      ...{ checks: [], failOn: 'critical', force: false, maxLifetime: 21_600_000, limit: 3, export: [] },
      ...{ config: '.github/sophia.yml', uploadArtifact: 'report', retentionDays: 30, workingDirectory: '.' },
    });
  });

  test('names are split at lines and commas, lines are taken whole', () => {
    const values = given({ checks: 'a, b\nc\n', export: 'A=x,y\nB=z' });
    expect(values.checks).toEqual(['a', 'b', 'c']);
    expect(values.export).toEqual(['A=x,y', 'B=z']);
  });

  test('all that are wrong are named at once, with what was expected', () => {
    const wrong = {
      'fail-on': 'nevr',
      force: 'yes',
      'max-lifetime': '6',
      limit: '12',
      environment: 'Prod',
      'deployment-id': '../x',
    };
    expect(() => given(wrong)).toThrow(
      [
        'input "fail-on": expected one of critical, warning, never; did you mean "never"?, got "nevr"',
        'input "force": expected true or false, got "yes"',
        'input "max-lifetime": expected a duration such as 500ms, 10s, 5m or 1h, got "6"',
        'input "limit": expected a whole number from 1 to 9, got "12"',
        'input "environment": expected small letters, digits and -, got "Prod"',
        'input "deployment-id": expected 1 to 128 letters, digits, ., _ and -, got "../x"',
      ].join('\n'),
    );
  });
});

describe('what is generated', () => {
  test('action.yml is valid YAML for node24 with every input and output', () => {
    const action = parse(renderActionYaml(definition)) as Record<string, Record<string, unknown>>;
    expect(action['runs']).toEqual({ using: 'node24', main: 'dist/index.js' });
    expect(Object.keys(action['inputs'] ?? {})).toEqual([...Object.keys(definition.inputs)]);
    expect(Object.keys(action['outputs'] ?? {})).toEqual(['status', 'report-path', 'score']);
  });

  test('the tables escape what would break a cell', () => {
    expect(renderTables(definition)).toContain('| `checks` | names |  | Names \\| of checks. |');
  });

  test('tables replace what stands between the markers, and nothing else', () => {
    const once = insertTables('# Title\n\nProse.\n', 'TABLE 1');
    expect(insertTables(once, 'TABLE 2')).toBe(once.replace('TABLE 1', 'TABLE 2'));
    expect(once).toContain('# Title\n\nProse.');
  });
});
