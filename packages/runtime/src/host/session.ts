import { resolve } from 'node:path';

import type { ActionName } from '@sophia/core/report/envelope';

import type { Host } from './host.ts';

/** The inputs that all five actions share, parsed. */
export interface CommonInputs {
  readonly config: string;
  readonly configInline: string;
  readonly environment: string;
  readonly deploymentId: string;
  readonly uploadArtifact: 'report' | 'all' | 'false';
  readonly retentionDays: number;
  readonly workingDirectory: string;
}

/** One run of one use case: where it runs, in which folder, since when. */
export interface Session {
  readonly action: ActionName;
  readonly host: Host;
  readonly common: CommonInputs;
  /** Absolute path of the working directory. */
  readonly directory: string;
  readonly startedAtMs: number;
  readonly startedMonotonicMs: number;
}

/** @returns a session that starts now. */
export function startSession(action: ActionName, host: Host, common: CommonInputs): Session {
  return {
    action,
    host,
    common,
    directory: resolve(common.workingDirectory),
    startedAtMs: host.clock.nowMs(),
    startedMonotonicMs: host.clock.monotonicMs(),
  };
}
