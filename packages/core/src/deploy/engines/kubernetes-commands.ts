import type { EngineStage } from './engine-act.ts';
import type { EngineCommands, Words } from './engine-facts.ts';
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

/** Prints the manifests as JSON; changes nothing. */
export const renderWords = (settings: KubernetesSettings): Words =>
  kubectl(
    settings,
    'create',
    '--dry-run=client',
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

/** Deletes the objects on stdin. */
export const deleteWords = (target: Target): Words =>
  kubectl(target, 'delete', '--ignore-not-found', '--filename=-');

/** @returns all that the engine runs for one step. */
export function planKubernetes(settings: KubernetesSettings, _stage: EngineStage): EngineCommands {
  const named = (name: string): Workload => ({ name, namespace: '' });
  const each = named('<each workload>');
  const waits = (settings.workloads?.map(named) ?? [each]).map((workload) => statusWords(settings, workload));
  return {
    before: [renderWords(settings), judgeWords(settings), liveWords(settings), historyWords(settings, each)],
    run: [renderWords(settings), applyWords(settings), ...waits],
    undo: [
      applyWords(settings),
      undoWords(settings, each, '<its revision before>'),
      statusWords(settings, each),
      deleteWords(settings),
    ],
  };
}
