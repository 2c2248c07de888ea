import { type DiagnosticSink, errorAt, type EscDiagnostic } from './diagnostic.ts';
import { ExactNumber, type Expression, type ObjectProperty } from './expression.ts';
import { type InterpolationProblem, parseInterpolation } from './interpolation.ts';
import { parseCall } from './parse-call.ts';
import { placeInside } from './place-inside.ts';
import type { ObjectNode, StringNode, SyntaxNode } from './syntax-node.ts';

/**
 * Reads the meaning of a node: interpolations in strings, functions in objects of one `fn::` key. What is wrong
 * is reported and the rest is read on.
 */
export function parseExpression(node: SyntaxNode, diagnostics: DiagnosticSink): Expression {
  switch (node.kind) {
    case 'null':
      return { kind: 'literal', value: null, node };
    case 'boolean':
      return { kind: 'literal', value: node.value, node };
    case 'number':
      return { kind: 'literal', value: new ExactNumber(node.text), node };
    case 'string':
      return parseString(node, diagnostics);
    case 'array':
      return { kind: 'array', items: node.items.map((item) => parseExpression(item, diagnostics)), node };
    case 'object':
      return parseCall(node, { parse: parseExpression, diagnostics }) ?? parseObject(node, diagnostics);
  }
}

function parseString(node: StringNode, diagnostics: DiagnosticSink): Expression {
  const { parts, problems } = parseInterpolation(node.value);
  for (const problem of problems) diagnostics.push(problemAt(node, problem));
  const [first] = parts;
  if (first === undefined) return { kind: 'literal', value: '', node };
  if (parts.length > 1) return { kind: 'interpolation', parts, node };
  if (first.access === undefined) return { kind: 'literal', value: first.text, node };
  // `${a}` alone keeps the type of `a`; with text around it, it becomes part of a string.
  if (first.text === '') return { kind: 'symbol', access: first.access, node };
  return { kind: 'interpolation', parts, node };
}

function problemAt(node: StringNode, problem: InterpolationProblem): EscDiagnostic {
  return errorAt(placeInside(node, problem), problem.message);
}

function parseObject(node: ObjectNode, diagnostics: DiagnosticSink): Expression {
  const properties: ObjectProperty[] = [];
  for (const entry of node.entries) {
    const key = parseExpression(entry.key, diagnostics);
    const value = parseExpression(entry.value, diagnostics);
    if (key.kind === 'literal' && typeof key.value === 'string') {
      properties.push({ key: key.value, keyNode: entry.key, value });
    } else {
      diagnostics.push(errorAt(entry.key, 'object keys must be strings'));
    }
  }
  return { kind: 'object', properties, node };
}
