import { type DiagnosticSink, errorAt, type Place } from './diagnostic.ts';
import type { ObjectProperty } from './expression.ts';
import { parseExpression } from './parse-expression.ts';
import { parseYaml } from './parse-yaml.ts';
import type { ObjectNode, StringNode, SyntaxNode } from './syntax-node.ts';

/** One line under `imports`. */
export interface ImportDeclaration {
  readonly name: string;
  /** Layered under the environment's own values; otherwise only reachable as `${imports.NAME}`. */
  readonly merge: boolean;
  /** Only for rotation in Pulumi Cloud: its values are unknown here, and it is not loaded. */
  readonly rotateOnly: boolean;
  readonly place: Place;
  readonly namePlace: Place;
}

/** A definition, read but not evaluated. */
export interface EnvironmentDeclaration {
  readonly imports: readonly ImportDeclaration[];
  readonly values: readonly ObjectProperty[];
}

/** Reads a definition: `imports` and `values`; other top-level keys are for Pulumi Cloud. Never throws. */
export function parseEnvironment(
  environment: string,
  source: string,
  diagnostics: DiagnosticSink,
): EnvironmentDeclaration {
  const root = parseYaml(environment, source, diagnostics);
  if (root === undefined) return { imports: [], values: [] };
  if (root.kind !== 'object') {
    diagnostics.push(errorAt(root, 'environment must be an object'));
    return { imports: [], values: [] };
  }
  const description = field(root, 'description');
  if (description !== undefined && description.kind !== 'string') {
    diagnostics.push(errorAt(description, 'description must be a string'));
  }
  return {
    imports: parseImports(field(root, 'imports'), diagnostics),
    values: parseValues(field(root, 'values'), diagnostics),
  };
}

/** Top-level keys are found without regard to case, and the last one holds, as in Pulumi ESC. */
function field(node: ObjectNode, name: string): SyntaxNode | undefined {
  return node.entries.findLast((entry) => entry.key.value.toLowerCase() === name.toLowerCase())?.value;
}

function parseImports(node: SyntaxNode | undefined, diagnostics: DiagnosticSink): ImportDeclaration[] {
  if (node === undefined) return [];
  if (node.kind !== 'array') {
    diagnostics.push(errorAt(node, 'imports must be a list'));
    return [];
  }
  return node.items.flatMap((item) => parseImport(item, diagnostics) ?? []);
}

function parseImport(node: SyntaxNode, diagnostics: DiagnosticSink): ImportDeclaration | undefined {
  if (node.kind === 'string') return declareImport(node, node, { merge: true, rotateOnly: false });
  if (node.kind !== 'object') {
    diagnostics.push(errorAt(node, 'import must be a string or an object'));
    return undefined;
  }
  const [entry, second] = node.entries;
  if (entry === undefined || second !== undefined) {
    diagnostics.push(errorAt(node, 'import must have a single key'));
    return undefined;
  }
  if (entry.value.kind !== 'object') {
    diagnostics.push(errorAt(entry.value, 'import must be an object'));
    return declareImport(node, entry.key, { merge: true, rotateOnly: false });
  }
  const merge = parseFlag(entry.value, 'merge', diagnostics);
  const rotateOnly = parseFlag(entry.value, 'rotateOnly', diagnostics) ?? false;
  if (rotateOnly && merge === true) diagnostics.push(errorAt(node, 'rotateOnly: true implies merge: false'));
  return declareImport(node, entry.key, { merge: !rotateOnly && merge !== false, rotateOnly });
}

function declareImport(
  node: SyntaxNode,
  name: StringNode,
  meta: Pick<ImportDeclaration, 'merge' | 'rotateOnly'>,
): ImportDeclaration {
  return { name: name.value, ...meta, place: node, namePlace: name };
}

function parseFlag(node: ObjectNode, name: string, diagnostics: DiagnosticSink): boolean | undefined {
  const value = field(node, name);
  if (value === undefined) return undefined;
  if (value.kind === 'boolean') return value.value;
  diagnostics.push(errorAt(value, `${name} must be a boolean value`));
  return undefined;
}

function parseValues(node: SyntaxNode | undefined, diagnostics: DiagnosticSink): ObjectProperty[] {
  if (node === undefined) return [];
  if (node.kind !== 'object') {
    diagnostics.push(errorAt(node, 'values must be an object'));
    return [];
  }
  const values: ObjectProperty[] = [];
  for (const { key, value } of node.entries) {
    if (key.value.startsWith('fn::')) {
      const name = JSON.stringify(key.value);
      diagnostics.push(errorAt(key, `builtin function call ${name} not allowed at the top level`));
      continue;
    }
    values.push({ key: key.value, keyNode: key, value: parseExpression(value, diagnostics) });
  }
  return values;
}
