import { execFileSync } from 'node:child_process';
import { get } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { toolPath } from './conformance-tool.ts';
import { ADMIN, CONTROL_PLANE } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import { freePorts } from './free-ports.ts';

/** What a control plane with Argo Rollouts is made of. */
export const WITH_ARGO = [...CONTROL_PLANE, 'rollouts-controller', 'kubectl-argo-rollouts'] as const;

const DEFINITIONS = [
  'rollout-crd',
  'experiment-crd',
  'analysis-run-crd',
  'analysis-template-crd',
  'cluster-analysis-template-crd',
];

/** Installs Argo Rollouts: its custom resources, and its controller beside the control plane. */
export async function startArgoRollouts(plane: ControlPlane): Promise<void> {
  const kubeconfig = await plane.kubeconfig(ADMIN);
  const kubectl = (...words: readonly string[]) =>
    execFileSync(toolPath('kubectl'), [`--kubeconfig=${kubeconfig}`, ...words], { encoding: 'utf8' });
  const manifests = join(moduleFolder(), 'manifests', 'crds');
  kubectl('create', ...DEFINITIONS.map((name) => `--filename=${join(manifests, `${name}.yaml`)}`));
  kubectl('wait', '--for=condition=Established', '--timeout=60s', 'customresourcedefinition', '--all');
  kubectl('create', 'namespace', 'argo-rollouts');
  const [metrics = 0, health = 0] = await freePorts(2);
  await plane.start('rollouts-controller', [
    '--leader-elect=false',
    `--metricsPort=${metrics}`,
    `--healthzPort=${health}`,
  ]);
  await untilHealthy(plane, health);
}

/** Where Go has put the sources that the controller was built of, its manifests with them. */
const moduleFolder = (): string =>
  execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', 'github.com/argoproj/argo-rollouts'], {
    cwd: resolve(import.meta.dirname, '../../scripts/conformance/kubernetes'),
    encoding: 'utf8',
  }).trim();

async function untilHealthy(plane: ControlPlane, port: number): Promise<void> {
  const endMs = Date.now() + 60_000;
  while (Date.now() < endMs) {
    const status = await new Promise<number>((done) => {
      get({ host: '127.0.0.1', port, path: '/healthz' }, (response) => {
        response.resume();
        done(response.statusCode ?? 0);
      }).on('error', () => done(0));
    });
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const log = await readFile(join(plane.directory, 'rollouts-controller.log'), 'utf8');
  throw new Error(`no controller of Argo Rollouts within a minute:\n${log.slice(-2_000)}`);
}
