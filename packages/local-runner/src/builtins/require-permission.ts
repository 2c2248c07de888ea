import { SophiaError } from '@sophia/core/errors';
import type { Level } from '../workflow/permissions.ts';
import type { BuiltinCall } from './builtin.ts';

/** @throws SophiaError `forbidden` if the job's token lacks a right that the real action needs. */
export function requirePermission(call: BuiltinCall, scope: string, level: Level): void {
  const actual = call.permissions[scope] ?? 'none';
  if (actual === level || actual === 'write') return;
  throw new SophiaError('forbidden', {
    message: `the job has '${scope}: ${actual}', and this action needs '${scope}: ${level}'`,
    hint: `add \`${scope}: ${level}\` to the job's permissions (and to its caller's)`,
  });
}
