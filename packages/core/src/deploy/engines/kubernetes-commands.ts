import type { EngineStage } from './engine-act.ts';
import type { EngineCommands, Words } from './engine-commands.ts';
import type { KubernetesSettings } from './kubernetes-settings.ts';

type Target = Pick<KubernetesSettings, 'context' | 'namespace'>;

/** A workload as `kubectl rollout` takes it. */
export interface Workload {
  /** `deployment/web` */
  readonly name: string;
  /** Empty: the target's own. */
  readonly namespace: string;
}

/** Tells in `metadata.managedFields` who wrote what. */
const FIELD_MANAGER = '--field-manager=sophia-actions';

/** The kubeconfig, and so every credential, comes by the environment. */
function kubectl({ context, namespace }: Target, ...args: readonly string[]): Words {
  const where = context === undefined ? [] : [`--context=${context}`];
  return ['kubectl', ...where, ...(namespace === undefined ? [] : [`--namespace=${namespace}`]), ...args];
}

const rollout = (target: Target, { name, namespace }: Workload, [verb, ...args]: Words) =>
  kubectl(namespace === '' ? target : { ...target, namespace }, 'rollout', verb, name, ...args);

/** Prints the manifests as JSON; changes nothing. The server judges them afterwards, so nothing is validated here. */
export const renderWords = (settings: KubernetesSettings): Words =>
  kubectl(
    settings,
    'create',
    '--dry-run=client',
    '--validate=false',
    '--output=json',
    ...settings.manifests.map((path) => `--filename=${path}`),
  );

/** Lets the server judge the objects on stdin; changes nothing. */
export const judgeWords = (target: Target): Words =>
  kubectl(target, 'apply', '--dry-run=server', FIELD_MANAGER, '--output=json', '--filename=-');

/** Prints those of the objects on stdin that are there. */
export const liveWords = (target: Target): Words =>
  kubectl(target, 'get', '--ignore-not-found', '--output=json', '--filename=-');

export const applyWords = (target: Target): Words => kubectl(target, 'apply', FIELD_MANAGER, '--filename=-');

/** Waits until a workload runs its newest revision; the step's timeout ends it. */
export const statusWords = (target: Target, workload: Workload): Words =>
  rollout(target, workload, ['status']);

export const historyWords = (target: Target, workload: Workload): Words =>
  rollout(target, workload, ['history']);

export const undoWords = (target: Target, workload: Workload, revision: string): Words =>
  rollout(target, workload, ['undo', `--to-revision=${revision}`]);

/** Prints pods of StatefulSets that are of another revision than this one. */
export const otherPodsWords = (target: Target, namespace: string, revision: string): Words =>
  kubectl(
    namespace === '' ? target : { ...target, namespace },
    'get',
    'pods',
    `--selector=statefulset.kubernetes.io/pod-name,controller-revision-hash!=${revision}`,
    '--output=json',
  );

/** Deletes the objects on stdin. */
export const deleteWords = (target: Target): Words =>
  kubectl(target, 'delete', '--ignore-not-found', '--filename=-');

/** Fails where the cluster has no Argo Rollouts. */
const rolloutsThereWords = (target: Target): Words =>
  kubectl(target, 'get', 'customresourcedefinition', 'rollouts.argoproj.io', '--output=name');

/** The plugin of Argo Rollouts knows the same flags as kubectl. */
function argo({ context, namespace }: Target, rollout: Workload, ...args: readonly string[]): Words {
  const own = rollout.namespace || namespace;
  const where = context === undefined ? [] : [`--context=${context}`];
  return [
    'kubectl-argo-rollouts',
    ...args,
    rollout.name,
    ...where,
    ...(own === undefined ? [] : [`--namespace=${own}`]),
  ];
}

/** Lets a Rollout that waits go on to its next step. */
export const promoteWords = (target: Target, name: Workload): Words => argo(target, name, 'promote');

/** Gives a Rollout all its traffic at once, whatever steps it has. */
export const promoteFullWords = (target: Target, name: Workload): Words =>
  argo(target, name, 'promote', '--full');

export const undoRolloutWords = (target: Target, name: Workload, revision: string): Words =>
  argo(target, name, 'undo', `--to-revision=${revision}`);

const named = (name: string): Workload => ({ name, namespace: '' });
const EACH = named('<each workload>');
const EACH_ROLLOUT = named('<each Rollout>');

/** @returns all that the engine runs for one step. */
export function planKubernetes(settings: KubernetesSettings, stage: EngineStage): EngineCommands {
  switch (stage.kind) {
    case 'whole':
      return planWhole(settings);
    case 'start':
      return planStart(settings);
    case 'weight':
    case 'promote': {
      const looks = [renderWords(settings), liveWords(settings)];
      return { check: [], before: [], run: [...looks, promoteWords(settings, EACH_ROLLOUT)], undo: [] };
    }
  }
}

function planWhole(settings: KubernetesSettings): EngineCommands {
  const waits = settings.workloads?.map(named) ?? [EACH];
  return {
    check: [],
    before: [renderWords(settings), judgeWords(settings), liveWords(settings), historyWords(settings, EACH)],
    run: [
      renderWords(settings),
      applyWords(settings),
      ...waits.map((workload) => statusWords(settings, workload)),
    ],
    undo: [
      applyWords(settings),
      undoWords(settings, EACH, '<its revision before>'),
      otherPodsWords(settings, '', '<that of each StatefulSet>'),
      statusWords(settings, EACH),
      deleteWords(settings),
    ],
  };
}

function planStart(settings: KubernetesSettings): EngineCommands {
  const { before, run, undo } = planWhole(settings);
  const back = [
    undoRolloutWords(settings, EACH_ROLLOUT, '<its revision before>'),
    promoteFullWords(settings, EACH_ROLLOUT),
  ];
  return {
    check: [rolloutsThereWords(settings)],
    before,
    run: [...run, liveWords(settings)],
    undo: [...undo.slice(0, -1), ...back, ...undo.slice(-1)],
  };
}
