import { z } from 'zod';

import { canonicalJson, sha256 } from '../canonical-json.ts';
import { isRollout } from './kubernetes-rollout.ts';

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.looseObject({ template: z.unknown().optional() }).optional(),
});
const listSchema = z.looseObject({ kind: z.literal('List'), items: z.array(objectSchema) });

/** An object of the API as kubectl prints it. */
export type KubernetesObject = z.output<typeof objectSchema>;

export const referenceSchema = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  /** Empty for an object that belongs to none. */
  namespace: z.string(),
});
/** Which object is meant, whatever is in it. */
export type ObjectReference = z.output<typeof referenceSchema>;

/**
 * Reads what kubectl prints as JSON: nothing, one object, a list, or objects one after the other.
 *
 * @throws Error where it is none of that
 */
export function parseObjects(text: string): readonly KubernetesObject[] {
  return documentsIn(text).flatMap((document) => {
    const value: unknown = JSON.parse(document);
    const list = listSchema.safeParse(value);
    return list.success ? list.data.items : [objectSchema.parse(value)];
  });
}

/** Cuts JSON objects that stand one after the other; braces in strings do not count. */
function documentsIn(text: string): string[] {
  const documents: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (token === '{' && depth++ === 0) start = index;
    if (token === '}' && --depth === 0) documents.push(text.slice(start, index + 1));
  }
  if (depth !== 0) throw new Error('an object has no end');
  return documents;
}

/** @returns objects as kubectl reads them on stdin. */
export const renderObjects = (items: readonly unknown[]): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

export const referenceTo = ({ apiVersion, kind, metadata }: KubernetesObject): ObjectReference => ({
  apiVersion,
  kind,
  name: metadata.name,
  namespace: metadata.namespace ?? '',
});

/** @returns as much of an object as kubectl needs to find it. */
export const asObject = ({ apiVersion, kind, name, namespace }: ObjectReference) => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === '' ? {} : { namespace }) },
});

/** One text for each object: the version of its group may differ between a manifest and the server's answer. */
const keyOf = ({ apiVersion, kind, name, namespace }: ObjectReference) =>
  [apiVersion.includes('/') ? apiVersion.split('/')[0] : '', kind, namespace, name].join('\n');

export const isSameObject = (a: ObjectReference, b: ObjectReference): boolean => keyOf(a) === keyOf(b);

/** The kinds whose revisions the cluster keeps, and `kubectl rollout` undoes. */
const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet'];

export const isWorkload = ({ apiVersion, kind }: Pick<ObjectReference, 'apiVersion' | 'kind'>): boolean =>
  apiVersion.startsWith('apps/') && WORKLOAD_KINDS.includes(kind);

/** True for what goes back by a revision, and not by its manifest. */
export const hasRevisions = (object: Pick<ObjectReference, 'apiVersion' | 'kind'>): boolean =>
  isWorkload(object) || isRollout(object);

/** `deployment/web` */
export const workloadName = ({ kind, name }: ObjectReference): string => `${kind.toLowerCase()}/${name}`;

/** @returns what tells one template of pods from another; the same before a change and after its undo. */
export const templateHash = ({ spec }: KubernetesObject): string =>
  sha256(canonicalJson(spec?.template ?? null));

/** @returns the newest revision of `kubectl rollout history`, or undefined where there is none. */
export function newestRevision(history: string): string | undefined {
  const revisions = history.split('\n').flatMap((line) => /^(\d+)\s/.exec(line)?.[1] ?? []);
  return revisions.sort((a, b) => Number(a) - Number(b)).at(-1);
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Of all restored objects together; a journal's line is no store of manifests. */
const MOST_RESTORED_CHARACTERS = 90_000;

/** What an undo applies again, and what it must leave as it is. */
export interface Restorable {
  /** Manifests as they were applied last, as JSON texts. */
  readonly restored: readonly string[];
  readonly left: readonly ObjectReference[];
}

/**
 * What of the objects that are there can be brought back: the manifest that was applied last, which kubectl keeps with
 * each. Secrets are left: their values do not go into a journal. Workloads have revisions instead.
 */
export function restorable(live: readonly KubernetesObject[]): Restorable {
  const restored: string[] = [];
  const left: ObjectReference[] = [];
  let characters = 0;
  for (const object of live.filter((one) => !hasRevisions(one))) {
    const last = object.kind === 'Secret' ? undefined : object.metadata.annotations?.[LAST_APPLIED];
    characters += last?.length ?? 0;
    if (last === undefined || characters > MOST_RESTORED_CHARACTERS) left.push(referenceTo(object));
    else restored.push(last);
  }
  return { restored, left };
}

/** Objects with other images, and the names for which no image was found. */
export interface WithImages {
  readonly objects: readonly KubernetesObject[];
  readonly unused: readonly string[];
}

/** @param images name of an image, without tag or digest -> the reference to take instead */
export function withImages(
  objects: readonly KubernetesObject[],
  images: Readonly<Record<string, string>>,
): WithImages {
  const used = new Set<string>();
  const replace = (value: unknown, key = ''): unknown => {
    if (key === 'image' && typeof value === 'string') {
      const name = imageName(value);
      const image = Object.hasOwn(images, name) ? images[name] : undefined;
      if (image !== undefined) used.add(name);
      return image ?? value;
    }
    if (Array.isArray(value)) return value.map((item) => replace(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replace(inner, name)]));
  };
  const replaced = objects.map((object) => ({
    ...object,
    spec: replace(object.spec) as KubernetesObject['spec'],
  }));
  return { objects: replaced, unused: Object.keys(images).filter((name) => !used.has(name)) };
}

/** `registry:5000/acme/web:1@sha256:...` -> `registry:5000/acme/web` */
const imageName = (reference: string) => reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
