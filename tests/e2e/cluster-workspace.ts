import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter } from 'node:path';

import { toolPath } from './conformance-tool.ts';
import { ADMIN } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import { makeWorkspace } from './deploy-phase-workspace.ts';
import type { Workspace } from './deploy-phase-workspace.ts';

/** A workspace whose `kubectl` is the real one, with a namespace of its own in a control plane. */
export interface ClusterWorkspace extends Workspace {
  readonly namespace: string;
  /** For a request: PATH, and the kubeconfig of the admin. */
  readonly variables: Readonly<Record<string, string>>;
  run(deploymentId: string, more?: Readonly<Record<string, string>>): ReturnType<Workspace['deploy']>;
  /** Runs a deployment, and kills it as soon as it has printed these words. */
  runUntil(deploymentId: string, words: string): ReturnType<Workspace['deploy']>;
  /** Writes manifests, one file each, named by kind. */
  write(...objects: readonly { readonly kind: string }[]): Promise<void>;
  /** An object of this namespace, by its path in the API: `apps/v1/deployments/web`. */
  get(path: string): Promise<LiveObject>;
  /** Images of pods that are ready, sorted. */
  images(): Promise<readonly string[]>;
}

/** As much of an object as tests look at. */
export interface LiveObject {
  readonly kind?: string;
  /** Of what is not there: 404. */
  readonly code?: number;
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly selector?: Readonly<Record<string, unknown>>;
    readonly template?: PodTemplate;
    readonly containers?: PodTemplate['spec']['containers'];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface PodTemplate {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
}

const CORE = /^v1\//;

/** @returns a workspace with this `deployment` section, and an empty namespace of that name. */
export async function makeClusterWorkspace(
  plane: ControlPlane,
  namespace: string,
  sections: { readonly deployment: unknown; readonly checks?: unknown },
): Promise<ClusterWorkspace> {
  const { deployment, ...others } = sections;
  const work = await makeWorkspace(deployment, others);
  await mkdir(work.path('bin'));
  for (const name of ['kubectl', 'kubectl-argo-rollouts']) {
    if (toolPath(name) !== '') await symlink(toolPath(name), work.path('bin', name));
  }
  const made = await plane.ask('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  if (made.status !== 201) throw new Error(`no namespace: ${JSON.stringify(made.body)}`);
  const variables = {
    PATH: `${work.path('bin')}${delimiter}${process.env['PATH']}`,
    KUBECONFIG: await plane.kubeconfig(ADMIN),
    HOME: work.directory,
  };
  const get = async (path: string) => {
    const [, version = '', rest = ''] = /^(v1|[^/]+\/[^/]+)\/(.*)$/.exec(path) ?? [];
    const root = CORE.test(path) ? '/api' : '/apis';
    const { body } = await plane.ask('GET', `${root}/${version}/namespaces/${namespace}/${rest}`);
    return body as LiveObject & { readonly items?: readonly LiveObject[] };
  };
  return {
    ...work,
    namespace,
    variables,
    get,
    run: (id, more = {}) => work.deploy({ inputs: { 'deployment-id': id, ...more }, variables }),
    runUntil: (id, words) =>
      work.deploy({
        inputs: { 'deployment-id': id },
        variables,
        onStart({ kill, stdout }) {
          const look = setInterval(() => {
            if (!stdout().includes(words)) return;
            clearInterval(look);
            kill('SIGKILL');
          }, 20);
        },
      }),
    async write(...objects) {
      await mkdir(work.path('k8s'), { recursive: true });
      for (const object of objects)
        await writeFile(work.path('k8s', `${object.kind}.json`), JSON.stringify(object));
    },
    async images() {
      const ready = ((await get('v1/pods')).items ?? []).filter(({ status }) =>
        status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
      );
      return ready.map(({ spec }) => spec?.containers?.[0]?.image ?? '').sort();
    },
  };
}

/** A template of pods with the label `app: web`. */
export const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image }] },
});

/** A workload named `web` of one of the kinds that have revisions of their own. */
export const workload = (kind: string, image: string, spec: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web' },
  spec: { selector: { matchLabels: { app: 'web' } }, template: template(image), ...spec },
});

export const settings = (value: string, name = 'settings') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { value },
});

export const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
});
