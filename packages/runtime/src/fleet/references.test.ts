import { describe, expect, test } from '@jest/globals';

import { resolveCommand, resolveReferences } from './references.ts';

const variables: Readonly<Record<string, string>> = { HOME: '/home/me', LEVEL: 'info', EMPTY: '' };
const read = (text: string) => {
  const missing: string[] = [];
  const source = { valueOf: (name: string) => variables[name], workspace: '/repository', missing };
  return { text: resolveReferences(text, source), missing };
};

describe('references of a registry', () => {
  test.each([
    ['${LEVEL}-${env:LEVEL}', 'info-info', []],
    ['${NONE:-debug} ${EMPTY:-x} ${LEVEL:-y}', 'debug x info', []],
    ['${workspaceFolder}/a ${userHome}/b', '/repository/a /home/me/b', []],
    ['${NONE} ${EMPTY}', ' ', ['NONE', 'EMPTY']],
    ['${input:token} ${command:pick}', ' ', ['${input:token}', '${command:pick}']],
    ['$HOME $$ ${} {LEVEL}', '$HOME $$ ${} {LEVEL}', []],
  ])('%s', (text, expected, missing) => {
    expect(read(text)).toEqual({ text: expected, missing });
  });

  test('of a command are read, unless one is a secret: everybody sees a command', () => {
    const source = { valueOf: (name: string) => variables[name], workspace: '/repository', missing: [] };
    const run = resolveCommand({ command: ['${userHome}/bin/x', '--level=${LEVEL}'] }, source);
    expect(run).toEqual({ command: ['/home/me/bin/x', '--level=info'], obstacle: null });
    const told = resolveCommand({ command: ['x', '--key=${env:API_KEY}'] }, source);
    expect(told.obstacle?.message).toContain('its command reads API_KEY');
  });
});
