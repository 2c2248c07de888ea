import { RESERVED_KEYS } from './access.ts';
import { type Cell, declareProperties } from './cell.ts';
import { type DiagnosticSink, errorAt, type Place, warningAt } from './diagnostic.ts';
import { evaluateCell, evaluateInOrder } from './evaluate-cell.ts';
import { ExactNumber, type ObjectProperty } from './expression.ts';
import { layer, Layered, unknownValue } from './layered.ts';
import { Budget, LimitReached, MAX_ENVIRONMENTS, MAX_IMPORT_DEPTH, MAX_REFERENCE_DEPTH } from './limits.ts';
import { type ImportDeclaration, parseEnvironment } from './parse-environment.ts';
import type { PlainJson } from './plain-json.ts';
import { scheduleCells } from './schedule.ts';
import type { Decrypt, Scope } from './scope.ts';

/** The name of an environment that is evaluated from its text alone. */
const ANONYMOUS = '<yaml>';

interface LoaderRequest {
  readonly name: string;
  readonly source: string;
  readonly loadImport: (name: string) => string | undefined;
  readonly context?: { readonly [name: string]: PlainJson };
  readonly decrypt?: Decrypt;
}

type Loading = { readonly phase: 'busy' } | { readonly phase: 'done'; readonly value: Layered };

interface Imports {
  readonly byName: ReadonlyMap<string, Layered>;
  readonly base: Layered | undefined;
}

/** Evaluates the root and everything that it imports, each environment once. */
export class EnvironmentLoader {
  readonly #request: LoaderRequest;
  readonly #diagnostics: DiagnosticSink;
  readonly #budget = new Budget();
  readonly #loaded = new Map<string, Loading>();
  #depth = 0;
  #references = 0;

  constructor(request: LoaderRequest, diagnostics: DiagnosticSink) {
    this.#request = request;
    this.#diagnostics = diagnostics;
  }

  /** @returns the root environment's values over all that it imports. */
  evaluateRoot(): Layered {
    const { name, source } = this.#request;
    this.#loaded.set(name, { phase: 'busy' });
    return this.#evaluate(name, source, name);
  }

  #evaluate(name: string, source: string, rootName: string): Layered {
    const declaration = parseEnvironment(name, source, this.#diagnostics);
    const imports = this.#import(declaration.imports, rootName);
    const properties = this.#withoutReserved(declaration.values);
    const root = declareProperties(properties, { path: '', base: imports.base }, this.#diagnostics);
    const scope = this.#scope({ name, rootName, root, imports });
    for (const cell of scheduleCells(root)) scope.evaluate(cell);
    const value = new Layered({ origin: undefined, content: evaluateInOrder(scope, root) });
    return layer(value, imports.base);
  }

  #scope(parts: {
    name: string;
    rootName: string;
    root: ReadonlyMap<string, Cell>;
    imports: Imports;
  }): Scope {
    const scope: Scope = {
      name: parts.name,
      diagnostics: this.#diagnostics,
      root: parts.root,
      base: parts.imports.base,
      imports: new Layered({ origin: undefined, content: parts.imports.byName }),
      context: contextValue(this.#request.context ?? {}, parts),
      decrypt: this.#request.decrypt,
      budget: this.#budget,
      evaluate: (cell) => this.#evaluateCell(scope, cell),
      open: (name, place) => this.#load({ name, place, namePlace: place, rotateOnly: false }, parts.rootName),
    };
    return scope;
  }

  #evaluateCell(scope: Scope, cell: Cell): Layered {
    if (cell.state.phase === 'done') return cell.state.value;
    if (this.#references >= MAX_REFERENCE_DEPTH) {
      throw new LimitReached(`more than ${MAX_REFERENCE_DEPTH} values wait for one another`);
    }
    this.#references++;
    try {
      return evaluateCell(scope, cell);
    } finally {
      this.#references--;
    }
  }

  #withoutReserved(values: readonly ObjectProperty[]): readonly ObjectProperty[] {
    return values.filter(({ key, keyNode }) => {
      const isReserved = RESERVED_KEYS.has(key);
      if (isReserved) this.#diagnostics.push(errorAt(keyNode, `${JSON.stringify(key)} is a reserved key`));
      return !isReserved;
    });
  }

  #import(declarations: readonly ImportDeclaration[], rootName: string): Imports {
    const byName = new Map<string, Layered>();
    let base: Layered | undefined;
    for (const declaration of declarations) {
      const value = this.#load(declaration, rootName);
      if (value === undefined) continue;
      byName.set(declaration.name, value);
      if (!declaration.merge) continue;
      if (base !== undefined) this.#warnOfFinals(value, base);
      base = layer(value, base);
    }
    return { byName, base };
  }

  #load(
    declaration: Pick<ImportDeclaration, 'name' | 'place' | 'namePlace' | 'rotateOnly'>,
    rootName: string,
  ): Layered | undefined {
    const { name, place, namePlace } = declaration;
    const loading = this.#loaded.get(name);
    if (loading?.phase === 'done') return loading.value;
    if (loading?.phase === 'busy') return this.#fail(place, `cyclic import of ${name}`);
    if (declaration.rotateOnly) return unknownValue(undefined);
    if (this.#depth >= MAX_IMPORT_DEPTH)
      return this.#fail(place, `imports nest deeper than ${MAX_IMPORT_DEPTH}`);
    if (this.#loaded.size >= MAX_ENVIRONMENTS)
      return this.#fail(place, `more than ${MAX_ENVIRONMENTS} environments`);
    const source = this.#request.loadImport(name);
    if (source === undefined) return this.#fail(namePlace, `no environment named ${JSON.stringify(name)}`);
    this.#loaded.set(name, { phase: 'busy' });
    this.#depth++;
    try {
      // An environment without a name is no root to those that it imports: each of them is its own.
      const value = this.#evaluate(name, source, rootName === ANONYMOUS ? name : rootName);
      this.#loaded.set(name, { phase: 'done', value });
      return value;
    } finally {
      this.#depth--;
    }
  }

  #fail(place: Place, message: string): undefined {
    this.#diagnostics.push(errorAt(place, message));
    return undefined;
  }

  /** A later import that would override a final value of an earlier one does not, and its author should know. */
  #warnOfFinals(value: Layered, base: Layered): void {
    if (!base.mayHoldFinals) return;
    for (const key of value.keys()) {
      this.#budget.spendValues(1);
      const [over, under] = [value.property(key), base.property(key)];
      if (over === undefined || under === undefined || over === under) continue;
      if (!under.final) this.#warnOfFinals(over, under);
      else if (over.origin !== undefined)
        this.#diagnostics.push(warningAt(over.origin, 'cannot override final value'));
    }
  }
}

function contextValue(
  context: { readonly [name: string]: PlainJson },
  names: { readonly name: string; readonly rootName: string },
): Layered {
  return fromPlain({
    ...context,
    currentEnvironment: { name: names.name },
    rootEnvironment: { name: names.rootName },
  });
}

function fromPlain(value: PlainJson): Layered {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') {
    return new Layered({ origin: undefined, content: value });
  }
  if (typeof value === 'number')
    return new Layered({ origin: undefined, content: new ExactNumber(String(value)) });
  if (isList(value)) return new Layered({ origin: undefined, content: value.map(fromPlain) });
  const entries = Object.entries(value).map(([key, inner]) => [key, fromPlain(inner)] as const);
  return new Layered({ origin: undefined, content: new Map(entries) });
}

function isList(
  value: readonly PlainJson[] | { readonly [name: string]: PlainJson },
): value is readonly PlainJson[] {
  return Array.isArray(value);
}
