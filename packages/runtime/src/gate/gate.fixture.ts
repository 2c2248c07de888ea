import { tmpdir } from 'node:os';

import { parseConfig } from '@sophia/core/config/parse-config';
import type { ReportItem } from '@sophia/core/report/envelope';

import type { Host, Variables } from '../host/host.ts';
import type { Session } from '../host/session.ts';
import { startSession } from '../host/session.ts';
import { terminalHost } from '../host/terminal.ts';
import { runGate } from './gate.ts';
import type { GateRequest, GateResult } from './gate.ts';

const silent = () => undefined;
const terminal = terminalHost({
  variables: {},
  log: { debug: silent, info: silent, warning: silent, error: silent },
});

/** A session at a terminal that prints nothing, in an empty environment but for the given variables. */
export function quietSession(variables: Variables = {}, host: Partial<Host> = {}): Session {
  return startSession(
    'health-gate',
    { ...terminal, ...host, variables: { PATH: process.env['PATH'], ...variables } },
    {
      config: 'sophia.yml',
      configInline: '',
      environment: '',
      deploymentId: '',
      uploadArtifact: 'false',
      retentionDays: 1,
      workingDirectory: tmpdir(),
    },
  );
}

type Options = Partial<Omit<GateRequest, 'config' | 'session'>> & { readonly host?: Partial<Host> };

/** Runs the checks of a configuration; no canary is asked unless the text names some. */
export async function gate(
  yaml: string,
  variables: Variables = {},
  options: Options = {},
): Promise<GateResult> {
  const text = `version: 1\n${/^gate:/m.test(yaml) ? '' : 'gate: { canaries: [] }\n'}${yaml}`;
  const config = parseConfig({
    text,
    file: 'sophia.yml',
    environment: '',
    deploymentId: 'd',
    nowMs: 0,
    variables,
    sections: ['checks', 'gate', 'secrets', 'mcp'],
  });
  const { host, ...request } = options;
  return runGate({ config, names: 'all', session: quietSession(variables, host), ...request });
}

/** Runs one check and gives its item. */
export async function check(
  yaml: string,
  variables: Variables = {},
  options: Options = {},
): Promise<ReportItem> {
  const { items } = await gate(`checks:\n  it: { ${yaml} }\n`, variables, options);
  const [item] = items;
  if (item === undefined) throw new Error('the gate gave no item');
  return item;
}
