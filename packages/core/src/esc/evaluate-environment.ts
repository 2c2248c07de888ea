import { BoundedDiagnostics, type EscDiagnostic } from './diagnostic.ts';
import { EnvironmentLoader } from './environment-loader.ts';
import type { EscProperties } from './esc-value.ts';
import { exportProperties } from './export-value.ts';
import { LimitReached } from './limits.ts';
import type { PlainJson } from './plain-json.ts';
import type { Decrypt } from './scope.ts';

/** What to evaluate, and what the evaluator may ask for. */
export interface EvaluationRequest {
  /** The root environment's name, such as `project/name`; `<yaml>` for one that has none. */
  readonly name: string;
  readonly source: string;
  /** @returns the source of an environment that is imported, or undefined where there is none of that name. */
  readonly loadImport: (name: string) => string | undefined;
  /** What `${context...}` gives besides the environments' names, such as `{ pulumi: { user: { id: 'u' } } }`. */
  readonly context?: { readonly [name: string]: PlainJson };
  /** Opens ciphertext; without it an encrypted secret is an error that points to Pulumi Cloud. */
  readonly decrypt?: Decrypt;
}

/** An evaluated environment. With an error among the diagnostics, what depends on it is unknown. */
export interface Evaluation {
  readonly properties: EscProperties;
  readonly diagnostics: readonly EscDiagnostic[];
}

/**
 * Evaluates a definition in Pulumi ESC's static language: imports layered as JSON merge patches, references,
 * interpolation and the functions that need no cloud. Pure, and it throws only what `loadImport` throws:
 * whatever is wrong with a definition is a diagnostic with its place.
 *
 * Semantics: https://www.pulumi.com/docs/esc/environments/syntax/ and the test suite of pulumi/esc.
 */
export function evaluateEnvironment(request: EvaluationRequest): Evaluation {
  const found = new BoundedDiagnostics();
  try {
    const value = new EnvironmentLoader(request, found).evaluateRoot();
    const properties = exportProperties(value, request.name, found);
    return { properties, diagnostics: found.toList(request.name) };
  } catch (error) {
    const message = limitMessage(error);
    if (message === undefined) throw error;
    found.push({ severity: 'error', message, environment: request.name });
    return { properties: {}, diagnostics: found.toList(request.name) };
  }
}

/** The stack can run out on input that none of the limits foresees; that is the input's fault, not a bug. */
function limitMessage(error: unknown): string | undefined {
  if (error instanceof LimitReached) return error.message;
  return error instanceof RangeError ? 'the environment is too deeply nested to be evaluated' : undefined;
}
