// A program that speaks as much of kubectl as the engine uses, over a cluster that is a file: for quick tests. The real
// kubectl is tested against a stand-in of the API server (deploy-phase-kubernetes.long.test.ts).
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; generation?: number; annotations?: Record<string, string> };
  spec?: Record<string, unknown> & { template?: unknown };
  status?: RolloutStatus | undefined;
}
interface RolloutStatus {
  observedGeneration: string;
  phase: string;
  message?: string;
  currentStepIndex: number;
  currentPodHash: string;
  stableRS: string;
}
interface Stored {
  object: KubeObject;
  /** The templates of pods by revision; a template that comes back moves to the newest number. */
  revisions: { number: number; template: unknown }[];
}
type Cluster = Record<string, Stored>;

const folder = process.env['FAKE_CLUSTER'] ?? '';
const file = join(folder, 'cluster.json');
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const argv = process.argv.slice(2);
const flags = new Map(
  argv
    .filter((word) => word.startsWith('--'))
    .map((word) => {
      const [name = '', ...value] = word.slice(2).split('=');
      return [name, value.join('=')] as const;
    }),
);
const files = argv.filter((word) => word.startsWith('--filename=')).map((word) => word.slice(11));
const [verb = '', ...rest] = argv.filter((word) => !word.startsWith('--'));
const namespace = flags.get('namespace') ?? 'default';

const isPlugin = process.env['FAKE_PROGRAM'] === 'kubectl-argo-rollouts';
appendFileSync(join(folder, 'calls.log'), `${isPlugin ? 'argo ' : ''}${argv.join(' ')}\n`);
refuseWhereAsked();
const cluster = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Cluster;
act();

/** A file `fail` holds lines `words of the call => what kubectl says`. */
function refuseWhereAsked(): void {
  const path = join(folder, 'fail');
  if (!existsSync(path)) return;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [words = '', said = ''] = line.split(' => ');
    if (words !== '' && argv.join(' ').includes(words)) die(said);
  }
}

function die(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function act(): void {
  if (isPlugin) return plugin(verb, rest[0] ?? '');
  if (verb === 'get' && rest[0] === 'customresourcedefinition') {
    if (existsSync(join(folder, 'no-rollouts')))
      die(`Error from server (NotFound): customresourcedefinitions "${rest[1]}" not found`);
    return;
  }
  if (verb === 'create') return print(files.flatMap(manifestsAt), 'stream');
  if (verb === 'get')
    return print(
      ofStdin().flatMap((one) => cluster[keyOf(one)]?.object ?? []),
      'list',
    );
  if (verb === 'apply') return apply();
  if (verb === 'delete') {
    const keys = ofStdin().map(keyOf);
    return save(Object.fromEntries(Object.entries(cluster).filter(([key]) => !keys.includes(key))));
  }
  if (verb === 'rollout') return rollout(rest[0] ?? '', rest[1] ?? '');
  die(`error: unknown command "${verb}"`);
}

function manifestsAt(path: string): KubeObject[] {
  if (!existsSync(path)) die(`error: the path "${path}" does not exist`);
  const paths = statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path];
  return paths.map((one) => JSON.parse(readFileSync(one, 'utf8')) as KubeObject);
}

function ofStdin(): KubeObject[] {
  const { items } = JSON.parse(readFileSync(0, 'utf8')) as { items: KubeObject[] };
  return items.map((item) => ({ ...item, metadata: { namespace, ...item.metadata } }));
}

function keyOf({ kind, metadata }: KubeObject): string {
  return `${kind.toLowerCase()}/${metadata.namespace}/${metadata.name}`;
}

function print(objects: KubeObject[], form: 'stream' | 'list'): void {
  if (form === 'list' && objects.length !== 1) {
    if (objects.length > 0)
      process.stdout.write(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    return;
  }
  for (const object of objects) process.stdout.write(`${JSON.stringify(object, null, 2)}\n`);
}

function apply(): void {
  const objects = ofStdin();
  if (flags.get('dry-run') === 'server') return print(objects, 'list');
  for (const object of objects) {
    const last = JSON.stringify(object);
    const key = keyOf(object);
    const revisions = cluster[key]?.revisions ?? [];
    object.metadata.annotations = { ...object.metadata.annotations, [LAST_APPLIED]: last };
    const stored = { object: { ...object, status: cluster[key]?.object.status }, revisions };
    cluster[key] = stored;
    if (object.spec?.template !== undefined) setTemplate(stored, object.spec.template);
    if (object.kind === 'Rollout') control(stored);
    process.stdout.write(`${key} configured\n`);
  }
  save();
}

function setTemplate(stored: Stored, template: unknown): void {
  const text = JSON.stringify(template);
  const newest = Math.max(0, ...stored.revisions.map(({ number }) => number));
  if (JSON.stringify(stored.revisions.find(({ number }) => number === newest)?.template) === text) return;
  const others = stored.revisions.filter((one) => JSON.stringify(one.template) !== text);
  stored.revisions = [...others, { number: newest + 1, template }];
}

function rollout(what: string, workload: string): void {
  const [kind = '', name = ''] = workload.split('/');
  const stored = cluster[`${kind}/${namespace}/${name}`];
  if (stored?.object.spec === undefined)
    die(`Error from server (NotFound): ${kind}s.apps "${name}" not found`);
  if (what === 'history') {
    const lines = stored.revisions.map(({ number }) => `${number}         <none>`);
    process.stdout.write(`${kind}.apps/${name} \nREVISION  CHANGE-CAUSE\n${lines.join('\n')}\n\n`);
    return;
  }
  if (what === 'undo') {
    const number = Number(flags.get('to-revision'));
    const revision = stored.revisions.find((one) => one.number === number);
    if (revision === undefined) die(`error: unable to find specified revision ${number} in history`);
    stored.object.spec.template = revision.template;
    setTemplate(stored, revision.template);
    process.stdout.write(`${kind}.apps/${name} rolled back\n`);
    return save();
  }
  if (JSON.stringify(stored.object.spec.template).includes('broken'))
    die(`error: deployment "${name}" exceeded its progress deadline`);
  process.stdout.write(`deployment "${name}" successfully rolled out\n`);
}

/** What the controller of Argo Rollouts does when a template changes: it stops at the first pause. */
function control(stored: Stored): void {
  const { object, revisions } = stored;
  const current = JSON.stringify(object.spec?.template);
  const before = object.status;
  const stable = before?.stableRS ?? current;
  const isDone = current === stable;
  const isSame = before?.currentPodHash === current;
  const revision = String(Math.max(...revisions.map(({ number }) => number)));
  object.metadata.annotations = { ...object.metadata.annotations, 'rollout.argoproj.io/revision': revision };
  object.metadata.generation = (object.metadata.generation ?? 0) + 1;
  object.status = {
    observedGeneration: String(object.metadata.generation),
    phase: isDone ? 'Healthy' : isSame ? before.phase : 'Paused',
    currentStepIndex: isDone ? 1_000 : isSame ? before.currentStepIndex : 1,
    currentPodHash: current,
    stableRS: stable,
  };
  if (!isSame) noteTraffic(isDone ? 100 : 0, current);
}

/** Who gets how much, a line each time it changes. */
function noteTraffic(weight: number, template: string): void {
  const image = /"image":"([^"]+)"/.exec(template)?.[1] ?? '';
  appendFileSync(join(folder, 'traffic.log'), `${weight} ${image}\n`);
}

function plugin(what: string, name: string): void {
  const stored = cluster[`rollout/${namespace}/${name}`];
  const status = stored?.object.status;
  if (stored === undefined || status === undefined) die(`Error: rollouts.argoproj.io "${name}" not found`);
  if (what === 'undo') {
    const number = Number(flags.get('to-revision'));
    const revision = stored.revisions.find((one) => one.number === number);
    if (revision === undefined) die(`Error: unable to find specified revision ${number} in history`);
    stored.object.spec = { ...stored.object.spec, template: revision.template };
    setTemplate(stored, revision.template);
    control(stored);
    return save();
  }
  if (status.currentPodHash === status.stableRS) return;
  const { strategy } = (stored.object.spec ?? {}) as {
    strategy?: { canary?: { steps: { setWeight?: number }[] } };
  };
  const steps = strategy?.canary?.steps ?? [];
  const isFull = flags.has('full');
  const next = steps[status.currentStepIndex + 1]?.setWeight;
  if (!isFull && next !== undefined) {
    const isBad = next >= 50 && status.currentPodHash.includes('broken');
    status.phase = isBad ? 'Degraded' : 'Paused';
    if (isBad) status.message = 'ProgressDeadlineExceeded: ReplicaSet has timed out progressing.';
    status.currentStepIndex += 2;
    noteTraffic(next, status.currentPodHash);
  } else {
    Object.assign(status, { phase: 'Healthy', currentStepIndex: 1_000, stableRS: status.currentPodHash });
    noteTraffic(100, status.currentPodHash);
  }
  save();
}

/** In one piece: the program may be killed at any moment. */
function save(now: Cluster = cluster): void {
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(now));
  renameSync(`${file}.${process.pid}`, file);
}
