import type { EscProperties } from '../esc/esc-value.ts';
import { environmentVariables, type Projection } from '../esc/projections.ts';
import type { SecretVerdict } from './judge.ts';
import { type MaskPlan, planMasks, planSecretMasks } from './masks.ts';
import { formatPropertyPath, lookUp, parsePropertyPath } from './property-path.ts';
import { SecretText } from './secret-text.ts';
import { exportText } from './value-text.ts';
import { problemOfName } from './variable-name.ts';

/** One variable or output to export. It can be printed. */
export interface PlannedExport {
  readonly name: string;
  readonly text: SecretText;
  /** What it is made from, for reports: a property path. */
  readonly source: string;
}

/** Why something is not exported. */
export interface RefusedExport {
  readonly name: string;
  readonly source: string;
  readonly reason:
    'invalid-name' | 'takes-over' | 'collision' | 'missing' | 'unknown' | 'not-a-scalar' | 'has-nul';
}

/** Everything that an export does, decided before any of it is done. */
export interface ExportPlan {
  readonly exports: readonly PlannedExport[];
  readonly refused: readonly RefusedExport[];
  /** To be registered before anything is written. */
  readonly masks: ReadonlySet<string>;
  /** Property paths of masked values that are shorter than a mask can be. */
  readonly tooShort: readonly string[];
}

/** One line `ENV_NAME=property.path`. */
export interface ExportMapping {
  readonly name: string;
  readonly path: string;
}

interface Candidate {
  readonly name: string;
  readonly source: string;
  readonly text: string;
}

/**
 * Plans what to export: the rules that hold, and what the environment itself lists under
 * `environmentVariables`; with a mapping, only what that names. Rules win over the environment's own variables
 * of the same name and text; two different texts for one name are a collision, and neither is exported.
 */
export function planExports(request: {
  readonly properties: EscProperties;
  readonly verdicts: readonly SecretVerdict[];
  readonly mapping?: readonly ExportMapping[];
}): ExportPlan {
  const found =
    request.mapping === undefined
      ? ownCandidates(request)
      : mappedCandidates(request.properties, request.mapping);
  const named = found.candidates.map((candidate) => ({ candidate, reason: reasonAgainst(candidate) }));
  const valid = named.filter(({ reason }) => reason === undefined).map(({ candidate }) => candidate);
  const collisions = collidingNames(valid);
  return {
    exports: uniqueByName(valid.filter(({ name }) => !collisions.has(name))),
    refused: [
      ...found.refused,
      ...named.flatMap(({ candidate, reason }) => (reason === undefined ? [] : [refusal(candidate, reason)])),
      ...valid.filter(({ name }) => collisions.has(name)).map((candidate) => refusal(candidate, 'collision')),
    ],
    ...planAllMasks(request),
  };
}

interface Found {
  readonly candidates: readonly Candidate[];
  readonly refused: readonly RefusedExport[];
}

function ownCandidates(request: { properties: EscProperties; verdicts: readonly SecretVerdict[] }): Found {
  const rules = request.verdicts.flatMap((verdict) =>
    verdict.state === 'ok'
      ? [{ name: verdict.rule.env, source: verdict.rule.path, text: verdict.text.reveal() }]
      : [],
  );
  const own = environmentVariables(request);
  return {
    candidates: [...rules, ...own.entries.map(projectedCandidate)],
    refused: own.refused.map(projectedRefusal),
  };
}

const sourceOf = (name: string) => `environmentVariables.${name}`;

function projectedCandidate({ name, text }: Projection['entries'][number]): Candidate {
  return { name, source: sourceOf(name), text };
}

function projectedRefusal({ name, reason }: Projection['refused'][number]): RefusedExport {
  return { name, source: sourceOf(name), reason };
}

function mappedCandidates(properties: EscProperties, mapping: readonly ExportMapping[]): Found {
  const candidates: Candidate[] = [];
  const refused: RefusedExport[] = [];
  for (const { name, path } of mapping) {
    const parsed = parsePropertyPath(path);
    const value = parsed && lookUp(properties, parsed);
    const text = value && exportText(value);
    if (text !== undefined) candidates.push({ name, source: path, text });
    else refused.push({ name, source: path, reason: value === undefined ? 'missing' : 'unknown' });
  }
  return { candidates, refused };
}

function reasonAgainst({ name, text }: Candidate): RefusedExport['reason'] | undefined {
  const problem = problemOfName(name);
  if (problem !== undefined) return problem === 'invalid' ? 'invalid-name' : problem;
  // No environment can hold a NUL (POSIX: variables end with it), and a file command would be cut there.
  return text.includes('\0') ? 'has-nul' : undefined;
}

function refusal({ name, source }: Candidate, reason: RefusedExport['reason']): RefusedExport {
  return { name, source, reason };
}

function collidingNames(candidates: readonly Candidate[]): ReadonlySet<string> {
  const texts = new Map<string, string>();
  const collisions = new Set<string>();
  for (const { name, text } of candidates) {
    if ((texts.get(name) ?? text) !== text) collisions.add(name);
    texts.set(name, text);
  }
  return collisions;
}

function uniqueByName(candidates: readonly Candidate[]): readonly PlannedExport[] {
  const seen = new Set<string>();
  return candidates.flatMap(({ name, source, text }) => {
    if (seen.has(name)) return [];
    seen.add(name);
    return [{ name, source, text: new SecretText(text) }];
  });
}

/**
 * Everything secret in the whole environment is masked, whether it is exported or not, and so is what a rule
 * wants masked; a rule with `mask: false` makes its own value readable.
 */
function planAllMasks(request: {
  readonly properties: EscProperties;
  readonly verdicts: readonly SecretVerdict[];
}): MaskPlan {
  const readable = request.verdicts.flatMap(({ rule }) => {
    const path = rule.mask ? undefined : parsePropertyPath(rule.path);
    return path === undefined ? [] : [formatPropertyPath(path)];
  });
  const ruled = request.verdicts.flatMap((verdict) =>
    verdict.state === 'ok' && verdict.rule.mask
      ? [planMasks(verdict.value, parsePropertyPath(verdict.rule.path))]
      : [],
  );
  const plans = [...ruled, planSecretMasks(request.properties, new Set(readable))];
  return {
    masks: new Set(plans.flatMap((plan) => [...plan.masks])),
    tooShort: [...new Set(plans.flatMap((plan) => plan.tooShort))],
  };
}
