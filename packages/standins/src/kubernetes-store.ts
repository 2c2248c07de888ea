/** An object of the API. */
export interface Stored {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    generation?: number;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: unknown[];
  };
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  data?: Record<string, string>;
}

const REVISION = 'deployment.kubernetes.io/revision';

/** Objects by `resource/namespace/name`, and the Deployment controller, which acts at once. */
export class KubernetesStore {
  readonly objects = new Map<string, Stored>();
  #version = 1;

  get(resource: string, namespace: string, name: string): Stored | undefined {
    return this.objects.get(`${resource}/${namespace}/${name}`);
  }

  list(resource: string, namespace: string): readonly Stored[] {
    return [...this.objects]
      .filter(([key]) => key.startsWith(`${resource}/${namespace}/`))
      .map(([, one]) => one);
  }

  /** @returns the object as the server completes it; keeps it unless it is a dry run. */
  put(resource: string, given: Stored, isDryRun: boolean): Stored {
    const namespace = given.metadata.namespace ?? 'default';
    const key = `${resource}/${namespace}/${given.metadata.name}`;
    const before = this.objects.get(key);
    const isChanged = JSON.stringify(before?.spec) !== JSON.stringify(given.spec);
    const object: Stored = {
      ...given,
      metadata: {
        ...given.metadata,
        namespace,
        uid: before?.metadata.uid ?? `uid-${key}`,
        generation: (before?.metadata.generation ?? 0) + (isChanged ? 1 : 0),
        resourceVersion: String((this.#version += 1)),
      },
    };
    if (isDryRun) return object;
    this.objects.set(key, object);
    if (resource === 'deployments') this.#control(object, namespace);
    return object;
  }

  delete(resource: string, namespace: string, name: string): boolean {
    return this.objects.delete(`${resource}/${namespace}/${name}`);
  }

  /** A ReplicaSet for each template of pods; one that comes back gets the newest revision. */
  #control(deployment: Stored, namespace: string): void {
    const template = deployment.spec?.['template'] as { metadata?: { labels?: Record<string, string> } };
    const sets = this.list('replicasets', namespace).filter(
      ({ metadata }) => (metadata.ownerReferences?.[0] as { uid?: string })?.uid === deployment.metadata.uid,
    );
    const revisionOf = ({ metadata }: Stored) => Number(metadata.annotations?.[REVISION] ?? 0);
    const own = sets.find(({ data }) => data?.['template'] === JSON.stringify(template));
    const newest = Math.max(0, ...sets.map(revisionOf));
    const revision = own !== undefined && revisionOf(own) === newest ? newest : newest + 1;
    const hash = own?.metadata.labels?.['pod-template-hash'] ?? `h${sets.length + 1}`;
    const labels = { ...template.metadata?.labels, 'pod-template-hash': hash };
    this.put(
      'replicasets',
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          name: `${deployment.metadata.name}-${hash}`,
          namespace,
          labels,
          annotations: { [REVISION]: String(revision) },
          ownerReferences: [
            {
              apiVersion: 'apps/v1',
              kind: 'Deployment',
              name: deployment.metadata.name,
              uid: deployment.metadata.uid,
              controller: true,
            },
          ],
        },
        spec: {
          replicas: 1,
          selector: deployment.spec?.['selector'],
          template: { ...template, metadata: { ...template.metadata, labels } },
        },
        data: { template: JSON.stringify(template) },
      },
      false,
    );
    deployment.metadata.annotations = { ...deployment.metadata.annotations, [REVISION]: String(revision) };
    deployment.status = statusOf(deployment);
  }
}

/** All pods are there at once; an image that is called broken never comes up. */
function statusOf({ metadata, spec }: Stored): Record<string, unknown> {
  const isBroken = JSON.stringify(spec).includes('broken');
  const replicas = Number(spec?.['replicas'] ?? 1);
  const reason = isBroken ? 'ProgressDeadlineExceeded' : 'NewReplicaSetAvailable';
  return {
    observedGeneration: metadata.generation,
    replicas,
    updatedReplicas: replicas,
    availableReplicas: isBroken ? 0 : replicas,
    conditions: [{ type: 'Progressing', status: isBroken ? 'False' : 'True', reason }],
  };
}
