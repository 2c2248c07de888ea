import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { SophiaError } from '@sophia/core/errors';
import type { Builtin } from '../builtins/builtin.ts';
import { findBuiltin } from '../builtins/table.ts';
import type { Origin, WorkflowModel } from './model.ts';
import { parseAction, type ActionModel } from './parse-action.ts';
import { parseWorkflow, type ParsedWorkflow } from './parse-workflow.ts';
import { problemsError } from './problems.ts';

/** Where the things that `uses` names are on this disk. */
export interface Places {
  /** `owner/repo` of the actions. */
  readonly actionsRepository: string;
  /**
   * The folder of the actions' tree at a ref.
   *
   * @throws SophiaError `not-found` for a ref that there is not
   */
  readonly actionsAt: (ref: string) => string;
  /** `owner/repo` of the repository whose workflow runs. */
  readonly repository: string;
  readonly repositoryDirectory: string;
}

const originOf = (tree: string): Origin => `actions:${tree}`;
const treeOf = (origin: Exclude<Origin, 'repository'>): string => origin.slice('actions:'.length);

/** An action that a step can run. `inWorkspace` ones are read from the job's checkout when the step starts. */
export type ResolvedAction =
  | { readonly kind: 'builtin'; readonly builtin: Builtin; readonly ref: string }
  | {
      readonly kind: 'action';
      readonly directory: string;
      readonly model: ActionModel;
      readonly origin: Origin;
      readonly inWorkspace: boolean;
      readonly repository: string;
      readonly ref: string;
    };

const REMOTE = /^([\w.-]+\/[\w.-]+)((?:\/[\w.-]+)*)@([\w./-]+)$/;
const LOCAL = /^(\$|\.)\/(.*)$/;

function refuse(message: string, hint: string): SophiaError {
  return new SophiaError('unsupported', { message, hint });
}

function inside(root: string, path: string, uses: string): string {
  const full = resolve(root, path);
  if (relative(root, full).startsWith('..')) {
    throw refuse(`'${uses}' leaves its repository`, 'name a folder inside the repository');
  }
  return full;
}

function readAction(directory: string, uses: string, shownAs: string): ActionModel {
  const name = ['action.yml', 'action.yaml'].find((candidate) => existsSync(join(directory, candidate)));
  if (!name) {
    throw new SophiaError('not-found', {
      message: `'${uses}' has no action.yml in ${directory}`,
      hint: 'run `npm run build` if it is one of ours; check out the repository before using an action in it',
    });
  }
  const { model, problems } = parseAction(`${shownAs}/${name}`, readFileSync(join(directory, name), 'utf8'));
  if (!model || problems.length > 0) throw problemsError(problems);
  return model;
}

/** From where a step looks at the world. */
export interface Vantage {
  readonly origin: Origin;
  readonly places: Places;
  /** The job's checkout, where `./x` is looked up; before a job runs, the repository itself. */
  readonly workspace: string;
}

/**
 * Finds what a step's `uses` names.
 *
 * @throws SophiaError `unsupported` for an action that is neither ours, nor in the repository, nor in the
 *   table of built-in equivalents; `not-found`, `configuration` for a missing or broken action.yml
 */
export function resolveAction(uses: string, { origin, places, workspace }: Vantage): ResolvedAction {
  const ours = (root: string) => ({
    repository: places.actionsRepository,
    root,
    origin: originOf(root),
  });
  const theirs = {
    repository: places.repository,
    root: places.repositoryDirectory,
    origin: 'repository' as const,
  };
  const load = (from: ReturnType<typeof ours> | typeof theirs, path: string, ref: string): ResolvedAction => {
    const directory = inside(from.root, path, uses);
    const model = readAction(directory, uses, relative(from.root, directory) || '.');
    return { kind: 'action', directory, model, ...from, inWorkspace: false, ref };
  };
  const local = LOCAL.exec(uses);
  if (local?.[1] === '$')
    return load(origin === 'repository' ? theirs : ours(treeOf(origin)), local[2] ?? '', '');
  if (local) {
    const directory = inside(workspace, local[2] ?? '', uses);
    const model = readAction(directory, uses, local[2] ?? '.');
    return { kind: 'action', directory, model, ...theirs, inWorkspace: true, ref: '' };
  }
  const remote = REMOTE.exec(uses);
  if (!remote) {
    throw refuse(
      `'${uses}' is not supported locally`,
      'use ./path, $/path or owner/repo/path@ref; Docker actions are not run',
    );
  }
  const [, repository = '', path = '', ref = ''] = remote;
  if (same(repository, places.actionsRepository))
    return load(ours(places.actionsAt(ref)), path.slice(1), ref);
  if (same(repository, places.repository)) return load(theirs, path.slice(1), ref);
  const builtin = findBuiltin(`${repository}${path}`);
  if (builtin) return { kind: 'builtin', builtin, ref };
  throw refuse(
    `the action '${repository}${path}' has no local equivalent`,
    'packages/local-runner/README.md lists those that have; run the command itself in a `run` step',
  );
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/**
 * Reads the reusable workflow that a job calls.
 *
 * @throws SophiaError `unsupported` for one of another repository, `not-found` where there is no such file
 */
export function resolveWorkflow(uses: string, caller: WorkflowModel, places: Places): ParsedWorkflow {
  const local = LOCAL.exec(uses);
  const remote = REMOTE.exec(uses);
  const path = local ? (local[2] ?? '') : (remote?.[2] ?? '').slice(1);
  const repository = remote?.[1];
  let origin: Origin = caller.origin;
  if (repository !== undefined && same(repository, places.actionsRepository))
    origin = originOf(places.actionsAt(remote?.[3] ?? ''));
  else if (repository !== undefined && same(repository, places.repository)) origin = 'repository';
  else if (!local)
    throw refuse(`the workflow '${uses}' is not on this machine`, 'call one of this repository or of ours');
  const root = origin === 'repository' ? places.repositoryDirectory : treeOf(origin);
  const file = inside(root, path, uses);
  if (!existsSync(file)) {
    throw new SophiaError('not-found', {
      message: `'${uses}' is not there: ${file}`,
      hint: origin === 'repository' ? 'check the path' : 'run `npm run build` first',
    });
  }
  return parseWorkflow(path, readFileSync(file, 'utf8'), origin);
}
