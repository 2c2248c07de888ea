import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { evaluateEnvironment } from '@sophia/core/esc/evaluate-environment';
import { revealed } from '@sophia/core/esc/plain-json';
import { SophiaError } from '@sophia/core/errors';
import type { EscProperties } from '@sophia/standins/esc-values';
import type { EscEnvironments } from '@sophia/standins/pulumi-esc';

/** The names in `.github/sophia.yml`. */
export const ORGANISATION = 'scoobyjava-org';
export const ENVIRONMENTS = ['production', 'staging', 'development'] as const;

type Evaluated = ReturnType<typeof evaluateEnvironment>['properties'];
export type Endpoints = Readonly<Record<string, string>>;

const definitionName = (environment: string) => `sophia-ai-${environment}`;

function evaluate(folder: string, environment: string): Evaluated {
  const name = definitionName(environment);
  const read = (file: string) => readFileSync(join(folder, `${file}.yaml`), 'utf8');
  const { properties, diagnostics } = evaluateEnvironment({ name, source: read(name), loadImport: read });
  const [problem] = diagnostics;
  if (problem === undefined) return properties;
  throw new SophiaError('configuration', {
    message: `${join(folder, `${name}.yaml`)}: ${problem.message}`,
    hint: 'mend the definition of the example',
  });
}

const trace = {
  def: { environment: 'demo', begin: { line: 1, column: 1, byte: 0 }, end: { line: 1, column: 1, byte: 0 } },
};

/** Where the services of this demonstration listen is known only now: a real environment would hold it. */
function withEndpoints(properties: Evaluated, endpoints: Endpoints): EscProperties {
  const own = properties['environmentVariables']?.value;
  const added = Object.fromEntries(
    Object.entries(endpoints).map(([name, value]) => [name, { value, trace }]),
  );
  const variables = { value: { ...(typeof own === 'object' ? own : {}), ...added }, trace };
  return { ...properties, environmentVariables: variables } as unknown as EscProperties;
}

/** @returns the example's three ESC environments, evaluated as Pulumi Cloud would. */
export function escEnvironments(folder: string, endpoints: Endpoints): EscEnvironments {
  return Object.fromEntries(
    ENVIRONMENTS.map((environment) => {
      const properties = withEndpoints(evaluate(folder, environment), endpoints);
      return [`${ORGANISATION}/default/${definitionName(environment)}`, { properties }];
    }),
  );
}

/** @returns the plain values of an environment: what the stand-in services accept as keys. */
export function escValues(folder: string, environment: string): Readonly<Record<string, unknown>> {
  return revealed({ value: evaluate(folder, environment) }) as Readonly<Record<string, unknown>>;
}
