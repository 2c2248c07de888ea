import type { EscRange } from './esc-value.ts';
import { MAX_DIAGNOSTICS } from './limits.ts';

/** What is wrong with a definition, and where. The message never holds a value of the definition. */
export interface EscDiagnostic {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** The environment whose definition is meant. */
  readonly environment: string;
  /** Path of the node in the document, such as `values.a["fn::join"][1]`; absent for the whole document. */
  readonly path?: string;
  readonly range?: EscRange;
}

/** A place that a diagnostic can point to: a node of the definition. */
export interface Place {
  readonly range: EscRange;
  readonly path: string;
}

/** @returns an error at a place. */
export function errorAt(place: Place, message: string): EscDiagnostic {
  return {
    severity: 'error',
    message,
    environment: place.range.environment,
    path: place.path,
    range: place.range,
  };
}

/** @returns a warning at a place. */
export function warningAt(place: Place, message: string): EscDiagnostic {
  return { ...errorAt(place, message), severity: 'warning' };
}

/** Takes what is found wrong. A plain list is one. */
export interface DiagnosticSink {
  push(diagnostic: EscDiagnostic): unknown;
}

/** Keeps the first {@link MAX_DIAGNOSTICS} and says that there are more. */
export class BoundedDiagnostics implements DiagnosticSink {
  readonly #kept: EscDiagnostic[] = [];
  #left = MAX_DIAGNOSTICS;

  push(diagnostic: EscDiagnostic): void {
    if (this.#left-- > 0) this.#kept.push(diagnostic);
  }

  /** @returns what was kept, in the order of finding. */
  toList(environment: string): readonly EscDiagnostic[] {
    if (this.#left >= 0) return this.#kept;
    const message = `${-this.#left} more problems are not shown`;
    return [...this.#kept, { severity: 'error', message, environment }];
  }
}
