import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { makeWorkspace } from './deploy-phase-workspace.ts';
import type { Workspace } from './deploy-phase-workspace.ts';

/** A workspace with a `kubectl` in PATH that keeps its cluster in a file. */
export interface Cluster extends Workspace {
  /** PATH, for the request. */
  readonly variables: Readonly<Record<string, string>>;
  /** kubectl's calls so far, a line each. */
  calls(): Promise<readonly string[]>;
  /** What of the traffic went where, a line each time that changed: `10 acme/web:2`. */
  traffic(): Promise<readonly string[]>;
  /** The image that each Deployment runs now, and what ConfigMaps hold, by name. */
  content(): Promise<Readonly<Record<string, string>>>;
  /** From now on, calls with these words fail with that message; nothing: none does. */
  fail(words: string, message: string): Promise<void>;
}

/** @returns a new workspace with this `deployment` section and a cluster that is empty. */
export async function makeCluster(
  deployment: unknown,
  others: Readonly<Record<string, unknown>> = {},
): Promise<Cluster> {
  const work = await makeWorkspace(deployment, others);
  const bin = work.path('bin');
  await mkdir(bin);
  await mkdir(work.path('cluster'));
  const program = resolve(import.meta.dirname, 'fake-kubectl.ts');
  for (const name of ['kubectl', 'kubectl-argo-rollouts']) {
    const variables = `FAKE_PROGRAM=${name} FAKE_CLUSTER='${work.path('cluster')}'`;
    await writeFile(
      join(bin, name),
      `#!/bin/sh\n${variables} exec '${process.execPath}' '${program}' "$@"\n`,
    );
    await chmod(join(bin, name), 0o755);
  }
  const text = (name: string) => readFile(work.path('cluster', name), 'utf8').catch(() => '');
  return {
    ...work,
    variables: { PATH: `${bin}:${process.env['PATH']}` },
    traffic: async () => (await text('traffic.log')).split('\n').filter((line) => line !== ''),
    calls: async () => (await text('calls.log')).split('\n').filter((line) => line !== ''),
    async content() {
      const stored = JSON.parse((await text('cluster.json')) || '{}') as Record<string, Stored>;
      return Object.fromEntries(Object.entries(stored).map(([key, { object }]) => [key, contentOf(object)]));
    },
    fail: (words, message) => writeFile(work.path('cluster', 'fail'), words && `${words} => ${message}\n`),
  };
}

interface Stored {
  readonly object: {
    readonly data?: Readonly<Record<string, string>>;
    readonly spec?: {
      readonly template?: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
    };
  };
}

function contentOf({ data, spec }: Stored['object']): string {
  return spec?.template?.spec.containers[0]?.image ?? data?.['value'] ?? '';
}

/** Writes the manifest of a Rollout `web` (Argo Rollouts). */
export async function writeRollout(
  work: Workspace,
  image: string,
  strategy: unknown = { canary: { canaryService: 'web-canary' } },
): Promise<void> {
  await mkdir(work.path('k8s'), { recursive: true });
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } };
  const manifest = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: { app: 'web' } }, strategy, template },
  };
  await writeFile(work.path('k8s', 'web.json'), JSON.stringify(manifest));
}

/** Writes the manifests of a release: a Deployment `web` and a ConfigMap `settings`, and what else is given. */
export async function writeManifests(
  work: Workspace,
  release: { readonly image: string; readonly value: string; readonly extra?: boolean },
): Promise<void> {
  await mkdir(work.path('k8s'), { recursive: true });
  const write = (name: string, object: unknown) =>
    writeFile(work.path('k8s', `${name}.json`), JSON.stringify(object));
  await write('web', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: release.image }] },
      },
    },
  });
  const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } };
  await write('settings', { ...settings, data: { value: release.value } });
  if (release.extra === true)
    await write('extra', { ...settings, metadata: { name: 'extra' }, data: { value: 'new' } });
}
