import type { Json } from '../expressions/expression-data.ts';
import type { Permissions } from '../workflow/permissions.ts';

/** What a local equivalent of a third-party action may see and do. */
export interface BuiltinCall {
  /** The input's text, trimmed; empty if neither given nor defaulted. */
  readonly input: (name: string) => string;
  readonly workspace: string;
  readonly temp: string;
  readonly outDirectory: string;
  readonly jobId: string;
  /** The step's whole environment, with what JavaScript actions get. */
  readonly env: Readonly<Record<string, string>>;
  readonly github: { readonly [key: string]: Json };
  readonly permissions: Permissions;
  readonly nodePath: string;
  readonly signal: AbortSignal;
  /** The repository that checkout takes: a git folder and its commit. */
  readonly source: { readonly directory: string; readonly sha: string };
  readonly log: (line: string) => void;
  readonly warn: (message: string) => void;
  readonly setOutput: (name: string, value: string) => void;
  readonly addPath: (directory: string) => void;
}

/** A local equivalent of a third-party action. It throws a SophiaError to fail its step. */
export interface Builtin {
  readonly name: string;
  /** Inputs with their defaults. One that is not listed is refused: it would be ignored silently. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly run: (call: BuiltinCall) => Promise<void> | void;
}
