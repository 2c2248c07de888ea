import type { EngineAct, EngineName, GradualStage } from './engine-act.ts';
import type { EngineCommands } from './engine-commands.ts';
import { planDocker } from './docker-commands.ts';
import { planKubernetes } from './kubernetes-commands.ts';
import { planPulumi } from './pulumi-commands.ts';
import { planVercel } from './vercel-commands.ts';

export interface EngineFacts {
  /** What its steps leave for later steps, as if a program had written it to `$SOPHIA_OUTPUT`. */
  readonly outputs: readonly string[];
  /** Secrets that its programs get without being listed. */
  readonly secrets: readonly string[];
  /** What a phase with its steps may have beside all-at-once. */
  readonly strategies: readonly GradualStage['strategy'][];
  /** Variables that are no secrets, and that its programs get too. */
  readonly variables: readonly string[];
}

export const engineFacts: Readonly<Record<EngineName, EngineFacts>> = {
  kubernetes: { outputs: [], secrets: [], variables: ['KUBECONFIG'], strategies: ['blue-green', 'canary'] },
  docker: {
    outputs: ['digest', 'reference'],
    secrets: [],
    variables: [
      'DOCKER_CONFIG',
      'DOCKER_CONTEXT',
      'DOCKER_HOST',
      'DOCKER_CERT_PATH',
      'DOCKER_TLS_VERIFY',
      'BUILDX_BUILDER',
      'BUILDX_CONFIG',
    ],
    strategies: [],
  },
  pulumi: {
    outputs: ['outputs'],
    secrets: ['PULUMI_ACCESS_TOKEN', 'PULUMI_CONFIG_PASSPHRASE'],
    variables: ['PULUMI_BACKEND_URL', 'PULUMI_CONFIG_PASSPHRASE_FILE', 'PULUMI_HOME'],
    strategies: [],
  },
  vercel: {
    outputs: ['url', 'deployment'],
    secrets: ['VERCEL_TOKEN'],
    variables: [],
    strategies: ['blue-green', 'canary'],
  },
};

/** @returns what an engine will run, from the functions that run it; contacts nothing. */
export function engineCommands(act: EngineAct): EngineCommands {
  switch (act.engine) {
    case 'kubernetes':
      return planKubernetes(act.settings, act.stage);
    case 'docker':
      return planDocker(act.settings, act.stage);
    case 'pulumi':
      return planPulumi(act.settings, act.stage);
    case 'vercel':
      return planVercel(act.settings, act.stage);
  }
}

/** @returns every program that must be there before the step may begin. */
export function enginePrograms(act: EngineAct): readonly string[] {
  const { check, before, run, undo } = engineCommands(act);
  return [...new Set([...check, ...before, ...run, ...undo].map(([program]) => program))];
}
