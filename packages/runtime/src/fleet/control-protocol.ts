import type { FleetSnapshot } from '@sophia/core/fleet/fleet-snapshot';

/** What a supervisor can be asked, as one JSON line; its socket lies in a folder that only its user may enter. */
export type ControlRequest =
  | { readonly ask: 'status' }
  /** Answered once nothing more will happen by itself. */
  | { readonly ask: 'settle' }
  | { readonly ask: 'restart'; readonly names: readonly string[] }
  | { readonly ask: 'stop' };

/** What it says, as JSON lines: lines for people, then one last answer. */
export type ControlAnswer = { readonly line: string } | { readonly done: FleetSnapshot };

export const SOCKET_NAME = 'control.sock';
