import type { Json } from './expressions/expression-data.ts';
import type { JobModel } from './workflow/model.ts';
import { readOnly, type Permissions } from './workflow/permissions.ts';

function at(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (value as { readonly [key: string]: Json })[key];
}

/** Whether the run is of a fork's pull request: it gets no secrets and a token that can only read. */
export function isFromFork(event: string, payload: { readonly [key: string]: Json } | undefined): boolean {
  if (event !== 'pull_request') return false;
  return at(at(at(payload?.['pull_request'], 'head'), 'repo'), 'fork') === true;
}

/** @returns each job's permissions with every right to write taken away. */
export function capPermissions(all: ReadonlyMap<JobModel, Permissions>): ReadonlyMap<JobModel, Permissions> {
  return new Map([...all].map(([job, permissions]) => [job, readOnly(permissions)]));
}
