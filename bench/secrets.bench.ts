import { evaluateEnvironment } from '@sophia/core/esc/evaluate-environment';
import { escProperties, secret } from '@sophia/standins/esc-values';
import { startPulumi } from '@sophia/standins/pulumi';

import { runBundle } from '../tests/e2e/run-bundle.ts';
import { smallest } from './measure.ts';
import type { Benchmark, Figure } from './measure.ts';

const SECRETS = 200;
const RUNS = 9;
const KEYS = 1_000;
const IMPORTS = 50;

const names = Array.from({ length: SECRETS }, (_, index) => `secret_${index}`);

/** Opens and exports 200 secrets; what start and import of the SDK cost, a run that is refused at once shows. */
async function opening(): Promise<readonly Figure[]> {
  const values = Object.fromEntries(names.map((name) => [name, secret(`value-of-${name}/with+base64=`)]));
  const cloud = await startPulumi({
    token: 'pul-fake',
    environments: { 'acme/default/app': { properties: escProperties(values) } },
  });
  const run = async (token: string) => {
    const inputs = {
      ...{ 'esc-environment': 'acme/default/app', 'cloud-url': cloud.url, 'access-token': token },
      secrets: names.join('\n'),
    };
    return (await runBundle({ action: 'esc-setup', inputs })).durationMs;
  };
  const [opened, refused]: [number[], number[]] = [[], []];
  for (let index = 0; index < RUNS; index += 1) {
    opened.push(await run('pul-fake'));
    refused.push(await run('pul-wrong'));
  }
  // A refusal is one request.
  const requests = (cloud.requests.length - RUNS) / RUNS;
  await cloud.close();
  const value = smallest(opened) - smallest(refused);
  return [
    { name: `open and export ${SECRETS} secrets, beyond start`, value, unit: 'ms', limit: 150 },
    { name: `requests for ${SECRETS} secrets`, value: requests, unit: 'requests', limit: 2 },
  ];
}

/** Evaluates a definition of 1,000 keys in 50 imports. */
function evaluating(): Figure {
  const keys = Array.from({ length: KEYS / IMPORTS }, (_, index) => `key_${index}`);
  const sources = new Map(
    Array.from({ length: IMPORTS }, (_, index) => [
      `part-${index}`,
      `values:\n${keys.map((key) => `  p${index}_${key}: { fn::secret: "value of ${key} in ${index}" }\n`).join('')}`,
    ]),
  );
  const imports = [...sources.keys()].map((name) => `  - ${name}\n`).join('');
  const source = `imports:\n${imports}values:\n  all: "\${p0_key_0} \${p${IMPORTS - 1}_key_0}"\n`;
  const times = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    const { diagnostics } = evaluateEnvironment({
      name: 'root',
      source,
      loadImport: (name) => sources.get(name),
    });
    if (diagnostics.length > 0) throw new Error(diagnostics[0]?.message);
    return performance.now() - started;
  });
  return {
    name: `evaluate ${KEYS} keys with ${IMPORTS} imports`,
    value: smallest(times),
    unit: 'ms',
    limit: 100,
  };
}

/** What esc-setup costs beside its start. */
export const benchmark: Benchmark = {
  title: `Secrets (minimum of ${RUNS} runs)`,
  run: async () => [...(await opening()), evaluating()],
};
