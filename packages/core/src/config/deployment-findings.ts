import type { EngineName } from '../deploy/engines/engine-act.ts';
import { engineFacts } from '../deploy/engines/engine-facts.ts';
import type { Needs } from '../graph.ts';
import { didYouMean } from '../nearest-name.ts';
import type { PhaseConfig, StepConfig } from './deployment-schema.ts';
import { needsFindings } from './needs-findings.ts';
import type { Finding, Path } from './needs-findings.ts';
import { regionPhaseName } from './region-name.ts';
import type { Sections } from './schema.ts';
import { strategyFindings } from './strategy-findings.ts';

function doubleNames(list: readonly { name: string }[], what: string, path: Path): Finding[] {
  return list.flatMap(({ name }, index) =>
    list.findIndex((other) => other.name === name) < index
      ? [{ path: [...path, index, 'name'], message: `two ${what} are named "${name}"` }]
      : [],
  );
}

/** The needs of each phase; where none are given, the phase before (contract, section 2). */
export function phaseNeeds(phases: readonly PhaseConfig[]): Needs {
  return new Map(
    phases.map((phase, index) => {
      const before = phases[index - 1];
      return [phase.name, phase.needs ?? (before === undefined ? [] : [before.name])];
    }),
  );
}

/** The variable that carries an output of a step to the steps after it (contract, sections 2 and 6). */
export function outputVariable(phase: string, step: string, output: string): string {
  const part = (text: string) => text.toUpperCase().replace(/[^A-Z0-9]/g, '_');
  return `SOPHIA_OUTPUT_${part(phase)}_${part(step)}_${part(output)}`;
}

/** @returns what is wrong with the deployment beyond its single keys. */
export function deploymentFindings({ deployment, checks }: Partial<Sections>): Finding[] {
  if (deployment === undefined) return [];
  const { phases } = deployment;
  const at = (name: string) => ['deployment', 'phases', phases.findIndex((phase) => phase.name === name)];
  const budget =
    deployment['rollback-timeout'] < deployment.timeout
      ? []
      : [
          {
            path: ['deployment'],
            message: 'rollback-timeout must be shorter than timeout: it is reserved inside it',
          },
        ];
  return [
    ...budget,
    ...doubleNames(phases, 'phases', ['deployment', 'phases']),
    ...needsFindings(phaseNeeds(phases), 'phase', at),
    ...phases.flatMap((phase) => doubleNames(phase.steps, 'steps', [...at(phase.name), 'steps'])),
    ...phases.flatMap((phase) => emptyFindings(phase, at(phase.name))),
    ...outputFindings(phases, at),
    ...regionFindings(phases, at),
    ...phases.flatMap((phase) =>
      strategyFindings(phase, deployment, checks === undefined ? undefined : Object.keys(checks)).map(
        ({ path, message }) => ({ path: [...at(phase.name), ...path], message }),
      ),
    ),
    ...(checks === undefined ? [] : gateFindings(phases, Object.keys(checks), at)),
  ];
}

/** A phase that does nothing ends well, which would say of a forgotten step that it was done. */
function emptyFindings({ name, steps }: PhaseConfig, path: Path): Finding[] {
  if (steps.length > 0) return [];
  const message = `phase "${name}" has no steps: give it at least one, or leave the phase out`;
  return [{ path: [...path, 'steps'], message }];
}

/** What a step leaves for later steps: what it declares, or what its engine always leaves. */
const outputsOf = (step: StepConfig): readonly string[] => [
  ...step.outputs,
  ...(Object.keys(engineFacts) as EngineName[]).flatMap((engine) =>
    step[engine] === undefined ? [] : engineFacts[engine].outputs,
  ),
];

/** `${SOPHIA_REGION}` outside of a shell is put in where the regions are known. */
function regionFindings(phases: readonly PhaseConfig[], at: (name: string) => Path): Finding[] {
  return phases
    .filter(({ regions }) => regions === undefined)
    .flatMap((phase) =>
      phase.steps.flatMap((step, index) => {
        const texts = JSON.stringify({ ...step, run: null, undo: null, before: null });
        if (!texts.includes('${SOPHIA_REGION}')) return [];
        const message = `step "${step.name}" reads \${SOPHIA_REGION}, but its phase has no regions`;
        return [{ path: [...at(phase.name), 'steps', index], message }];
      }),
    );
}

/** A phase as its own name and as those of its regions. */
const namesOf = ({ name, regions }: PhaseConfig): readonly string[] => [
  name,
  ...(regions?.waves.flat() ?? []).map((region) => regionPhaseName(name, region)),
];

function outputFindings(phases: readonly PhaseConfig[], at: (name: string) => Path): Finding[] {
  const named = phases.flatMap((phase) => namesOf(phase).map((name) => ({ phase, name })));
  const outputs = named.flatMap(({ phase, name }) =>
    phase.steps.flatMap((step, index) =>
      outputsOf(step).map((output) => ({
        id: `${name}/${step.name} ${output}`,
        variable: outputVariable(name, step.name, output),
        path: [...at(phase.name), 'steps', index, step.outputs.length > 0 ? 'outputs' : 'name'],
      })),
    ),
  );
  const owners = new Map<string, string>();
  return outputs.flatMap(({ id, variable, path }) => {
    const owner = owners.get(variable) ?? id;
    owners.set(variable, owner);
    if (owner === id) return [];
    return [{ path, message: `the outputs of ${owner} and ${id} both become ${variable}: rename one` }];
  });
}

function gateFindings(
  phases: readonly PhaseConfig[],
  known: readonly string[],
  at: (name: string) => Path,
): Finding[] {
  return phases.flatMap((phase) =>
    phase.steps.flatMap((step, index) =>
      (Array.isArray(step.gate) ? step.gate : [])
        .filter((name) => !known.includes(name))
        .map((name) => ({
          path: [...at(phase.name), 'steps', index, 'gate'],
          message: `no check is named "${name}"${didYouMean(name, known)}`,
        })),
    ),
  );
}
