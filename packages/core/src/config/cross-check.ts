import { danglingNeeds, findCycle } from '../graph.ts';
import type { Needs } from '../graph.ts';
import { didYouMean } from '../nearest-name.ts';
import { variableOf } from '../secrets/variable-name.ts';
import { placeOf } from './located.ts';
import type { Issue, Located } from './located.ts';
import type { EngineName } from '../deploy/engines/engine-act.ts';
import { engineFacts } from '../deploy/engines/engine-facts.ts';
import type { PhaseConfig, StepConfig } from './deployment-schema.ts';
import { regionPhaseName } from './region-name.ts';
import { strategyFindings } from './strategy-findings.ts';
import type { Sections } from './schema.ts';

type Path = readonly PropertyKey[];
type Finding = { readonly path: Path; readonly message: string };

/** What no single key can show: needs, cycles, doubles and names that must exist elsewhere in the file. */
export function crossCheck(sections: Partial<Sections>, tree: Located): readonly Issue[] {
  const findings = [
    ...checkFindings(sections),
    ...serverFindings(sections),
    ...deploymentFindings(sections),
    ...secretFindings(sections),
  ];
  return findings.map(({ path, message }) => ({ place: placeOf(tree, path), message }));
}

function needsFindings(needs: Needs, what: string, pathOf: (name: string) => Path): Finding[] {
  const dangling = danglingNeeds(needs).map(([name, need]) => ({
    path: [...pathOf(name), 'needs'],
    message: `${what} "${name}" needs "${need}", which does not exist${didYouMean(need, [...needs.keys()])}`,
  }));
  const cycle = findCycle(needs);
  if (cycle === undefined) return dangling;
  const [first = ''] = cycle;
  const message = `cycle: ${[...cycle, first].join(' needs ')}`;
  return [...dangling, { path: [...pathOf(first), 'needs'], message }];
}

function checkFindings({ checks }: Partial<Sections>): Finding[] {
  if (checks === undefined) return [];
  const needs = new Map(Object.entries(checks).map(([name, check]) => [name, check.needs]));
  const own = Object.entries(checks).flatMap(([name, check]): Finding[] => {
    const path = ['checks', name];
    if (check.kind === 'command' && (check.run === undefined) === (check.command === undefined)) {
      return [
        {
          path,
          message: `check "${name}": expected exactly one of run (bash, or a list) and command (no shell)`,
        },
      ];
    }
    if (check.kind === 'mcp' && (check.transport === 'stdio' ? check.command : check.url) === undefined) {
      return [
        { path, message: `check "${name}": expected ${check.transport === 'stdio' ? 'command' : 'url'}` },
      ];
    }
    return [];
  });
  return [...needsFindings(needs, 'check', (name) => ['checks', name]), ...own];
}

function serverFindings({ mcp }: Partial<Sections>): Finding[] {
  if (mcp === undefined) return [];
  const servers = Object.entries(mcp.servers);
  const needs = new Map(servers.map(([name, server]) => [name, server.needs]));
  const owners = new Map<number, string>();
  const doubles = servers.flatMap(([name, server]): Finding[] => {
    const owner = server.port === undefined ? undefined : owners.get(server.port);
    if (server.port !== undefined && owner === undefined) owners.set(server.port, name);
    if (owner === undefined) return [];
    const message = `port ${server.port} belongs to "${owner}" already: give "${name}" another`;
    return [{ path: ['mcp', 'servers', name, 'port'], message }];
  });
  return [...needsFindings(needs, 'server', (name) => ['mcp', 'servers', name]), ...doubles];
}

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

function deploymentFindings({ deployment, checks }: Partial<Sections>): Finding[] {
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

/** The variable that a secret is exported as (contract, section 2). */
export function secretVariable(path: string, rule: { readonly env?: string | undefined }): string {
  return rule.env ?? variableOf(path);
}

function secretFindings({ secrets }: Partial<Sections>): Finding[] {
  if (secrets === undefined) return [];
  const owners = new Map<string, string>();
  return Object.entries(secrets).flatMap(([path, rule]) => {
    const variable = secretVariable(path, rule);
    const owner = owners.get(variable);
    owners.set(variable, owner ?? path);
    if (owner === undefined) return [];
    return [
      {
        path: ['secrets', path],
        message: `"${owner}" and "${path}" both become ${variable}: give one an env`,
      },
    ];
  });
}
