import { type DiagnosticSink, errorAt, type EscDiagnostic } from './diagnostic.ts';
import { type Expression, UNARY_FUNCTIONS, type UnaryFunction } from './expression.ts';
import type { ObjectNode, StringNode, SyntaxNode } from './syntax-node.ts';

/** What a call's parser needs of the parser of expressions, passed in so that the two files form no cycle. */
export interface CallContext {
  readonly parse: (node: SyntaxNode, diagnostics: DiagnosticSink) => Expression;
  readonly diagnostics: DiagnosticSink;
}

interface Call {
  readonly node: ObjectNode;
  readonly name: string;
  readonly argument: Expression;
  readonly diagnostics: DiagnosticSink;
}

const FUNCTION_PREFIX = 'fn::';

/** @returns the call that an object of one `fn::` key stands for, or undefined for an ordinary object. */
export function parseCall(node: ObjectNode, context: CallContext): Expression | undefined {
  const [entry, second] = node.entries;
  if (entry === undefined) return undefined;
  if (second !== undefined) {
    reportMixedKeys(node, context.diagnostics);
    return undefined;
  }
  const parser = parserOf(entry.key.value);
  if (parser === undefined) {
    reportReserved(entry.key, node, context.diagnostics);
    return undefined;
  }
  const argument = context.parse(entry.value, context.diagnostics);
  return parser({ node, name: entry.key.value, argument, diagnostics: context.diagnostics });
}

function reportMixedKeys(node: ObjectNode, diagnostics: DiagnosticSink): void {
  for (const { key } of node.entries) {
    if (!key.value.startsWith(FUNCTION_PREFIX)) continue;
    const name = JSON.stringify(key.value);
    const message = `illegal call to builtin function: ${name} must be the only key within its containing object`;
    diagnostics.push(errorAt(node, message));
  }
}

function reportReserved(key: StringNode, node: ObjectNode, diagnostics: DiagnosticSink): void {
  if (!key.value.toLowerCase().startsWith(FUNCTION_PREFIX)) return;
  diagnostics.push(errorAt({ range: key.range, path: node.path }, "'fn::' is a reserved prefix"));
}

type CallParser = (call: Call) => Expression;

const PARSERS: Readonly<Record<string, CallParser>> = {
  ...Object.fromEntries(UNARY_FUNCTIONS.map((name) => [name, unary(name)])),
  'fn::concat': parseConcat,
  'fn::final': ({ node, argument }) => ({ kind: 'final', value: argument, node }),
  'fn::join': (call) => parsePair(call, 'join'),
  'fn::open': parseCloud,
  'fn::rotate': parseCloud,
  'fn::secret': parseSecret,
  'fn::split': (call) => parsePair(call, 'split'),
  'fn::validate': parseValidate,
};

function parserOf(name: string): CallParser | undefined {
  if (Object.hasOwn(PARSERS, name)) return PARSERS[name];
  return name.startsWith('fn::open::') || name.startsWith('fn::rotate::') ? parseCloud : undefined;
}

function unary(name: UnaryFunction): CallParser {
  return ({ node, argument }) => ({ kind: 'unary', name, argument, node });
}

function parseConcat({ node, argument, diagnostics }: Call): Expression {
  if (argument.kind !== 'array') {
    diagnostics.push(errorAt(argument.node, 'the argument to fn::concat must be an array of arrays'));
  }
  return { kind: 'concat', arrays: argument, node };
}

function parsePair({ node, name, argument, diagnostics }: Call, kind: 'join' | 'split'): Expression {
  if (argument.kind === 'array' && argument.items.length === 2) {
    const [delimiter, subject] = argument.items;
    return { kind, delimiter, subject, node };
  }
  diagnostics.push(errorAt(argument.node, `the argument to ${name} must be a two-valued list`));
  return { kind, delimiter: undefined, subject: undefined, node };
}

function parseSecret({ node, argument, diagnostics }: Call): Expression {
  const envelope = ciphertextOf(argument);
  if (envelope !== undefined) return { kind: 'ciphertext', envelope, node };
  if (argument.kind === 'literal' && typeof argument.value === 'string') {
    return { kind: 'plaintext', value: argument, node };
  }
  diagnostics.push(errorAt(argument.node, 'secret values must be string literals'));
  return { kind: 'plaintext', value: { kind: 'literal', value: '', node: argument.node }, node };
}

function ciphertextOf(argument: Expression): string | undefined {
  if (argument.kind !== 'object') return undefined;
  const [property, second] = argument.properties;
  if (property?.key !== 'ciphertext' || second !== undefined) return undefined;
  const { value } = property;
  return value.kind === 'literal' && typeof value.value === 'string' ? value.value : undefined;
}

function parseValidate({ node, argument, diagnostics }: Call): Expression {
  if (argument.kind !== 'object') {
    const message = "the argument to fn::validate must be an object containing 'schema' and 'value'";
    diagnostics.push(errorAt(argument.node, message));
    return { kind: 'validate', schema: undefined, value: undefined, node };
  }
  const schema = propertyOf(argument, 'schema');
  const value = propertyOf(argument, 'value');
  if (schema === undefined) diagnostics.push(errorAt(argument.node, "missing required property 'schema'"));
  if (value === undefined) diagnostics.push(errorAt(argument.node, "missing required property 'value'"));
  return { kind: 'validate', schema, value, node };
}

function propertyOf(argument: Expression, key: string): Expression | undefined {
  if (argument.kind !== 'object') return undefined;
  return argument.properties.findLast((property) => property.key === key)?.value;
}

/** The shape is checked as Pulumi ESC checks it, so that a definition can be proven before it is stored. */
function parseCloud({ node, name, argument, diagnostics }: Call): Expression {
  const problems = [...cloudProblems(name, argument)];
  for (const problem of problems) diagnostics.push(problem);
  return { kind: 'cloud', name, isMalformed: problems.length > 0, node };
}

function* cloudProblems(name: string, argument: Expression): Generator<EscDiagnostic> {
  const isLongForm = name === 'fn::open' || name === 'fn::rotate';
  const isRotate = name.startsWith('fn::rotate');
  if (!isLongForm && !isRotate) return;
  if (argument.kind !== 'object') {
    yield errorAt(argument.node, `the argument to ${shapeOf(isRotate, isLongForm)}`);
    return;
  }
  if (isLongForm) yield* providerProblems(argument);
  if (propertyOf(argument, 'inputs') === undefined) {
    yield errorAt(argument.node, "missing provider inputs ('inputs')");
  }
  const state = isRotate ? propertyOf(argument, 'state') : undefined;
  if (state !== undefined && state.kind !== 'object') {
    yield errorAt(state.node, 'rotation state must be an object literal');
  }
}

function shapeOf(isRotate: boolean, isLongForm: boolean): string {
  if (!isRotate) return "fn::open must be an object containing 'provider' and 'inputs'";
  const fields = isLongForm ? "'provider', 'inputs' and 'state'" : "'inputs' and 'state'";
  return `fn::rotate must be an object containing ${fields}`;
}

function* providerProblems(argument: Expression): Generator<EscDiagnostic> {
  const provider = propertyOf(argument, 'provider');
  if (provider === undefined) {
    yield errorAt(argument.node, "missing provider name ('provider')");
  } else if (provider.kind !== 'literal' || typeof provider.value !== 'string') {
    yield errorAt(provider.node, 'provider name must be a string literal');
  }
}
