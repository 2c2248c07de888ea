import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import { TokenType } from '@actions/expressions/lexer';
import { falsy } from '@actions/expressions/result';
import { SophiaError } from '@sophia/core/errors';
import type { TemplateToken } from '../workflow/tokens.ts';
import {
  entriesOf,
  isBasicExpression,
  isMapping,
  isSequence,
  itemsOf,
  literalText,
} from '../workflow/tokens.ts';
import { fromData, toData, type Json } from './expression-data.ts';
import { hashFiles } from './hash-files.ts';

/** The answers of the status functions at one place; `names` are the jobs given to `success('a')`. */
export interface StatusAnswers {
  readonly success: (names: readonly string[]) => boolean;
  readonly failure: (names: readonly string[]) => boolean;
  readonly cancelled: boolean;
}

/** What an expression can see. Where a context is not available the schema has refused the expression. */
export interface Scope {
  readonly contexts: Readonly<Record<string, Json>>;
  readonly status?: StatusAnswers;
  readonly workspace?: string;
}

const CONTEXTS = [
  'github', 'env', 'vars', 'secrets', 'inputs', 'needs', 'steps', 'strategy', 'matrix', 'job', 'runner', 'jobs',
]; // prettier-ignore

type Data = ReturnType<typeof toData>;

function functionsOf(scope: Scope): Map<string, FunctionDefinition> {
  const define = (
    name: string,
    maxArgs: number,
    call: (args: string[]) => Json,
  ): [string, FunctionDefinition] => [
    name.toLowerCase(),
    {
      name,
      minArgs: 0,
      maxArgs,
      call: (...args: Data[]) => toData(call(args.map((arg) => arg.coerceString()))),
    },
  ];
  const status = scope.status;
  return new Map([
    define('success', 255, (names) => status?.success(names) ?? true),
    define('failure', 255, (names) => status?.failure(names) ?? false),
    define('cancelled', 0, () => status?.cancelled ?? false),
    define('always', 0, () => true),
    define('hashFiles', 255, (patterns) => hashFiles(patterns, scope.workspace ?? process.cwd())),
  ]);
}

/** The library's lexer unescapes only the first `''` of a string; the lexeme still has all of them. */
function lex(expression: string) {
  const { tokens } = new Lexer(expression).lex();
  for (const token of tokens) {
    if (token.type === TokenType.STRING) token.value = token.lexeme.slice(1, -1).replaceAll("''", "'");
  }
  return tokens;
}

function evaluateExpression(expression: string, scope: Scope): Data {
  const functions = functionsOf(scope);
  try {
    const tree = new Parser(lex(expression), CONTEXTS, [...functions.values()]).parse();
    const context = new data.Dictionary(
      ...CONTEXTS.map((key) => ({ key, value: toData(scope.contexts[key] ?? {}) })),
    );
    return new Evaluator(tree, context, functions).evaluate();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SophiaError('configuration', {
      message: `the expression '${expression}' cannot be evaluated: ${reason}`,
      hint: 'mend the expression in the workflow',
      cause,
    });
  }
}

/** @returns whether the text of an `if` holds. */
export function evaluateCondition(condition: string, scope: Scope): boolean {
  return !falsy(evaluateExpression(condition, scope));
}

/** @returns the plain value of a token tree with every expression in it evaluated. */
export function evaluateValue(token: TemplateToken | undefined, scope: Scope): Json {
  if (!token) return null;
  if (isBasicExpression(token)) return fromData(evaluateExpression(token.expression, scope));
  if (isMapping(token)) return evaluateMapping(token, scope);
  if (isSequence(token)) return itemsOf(token).map((item) => evaluateValue(item, scope));
  return literalValue(token);
}

function evaluateMapping(token: TemplateToken, scope: Scope): Json {
  const pairs = entriesOf(token).map(({ at, value }) => {
    if (at.isExpression && !isBasicExpression(at)) throw insertError();
    return [isBasicExpression(at) ? evaluateText(at, scope) : at.toString(), evaluateValue(value, scope)];
  });
  return Object.fromEntries(pairs);
}

function insertError(): SophiaError {
  return new SophiaError('unsupported', {
    message: "the key '${{ insert }}' is not supported locally",
    hint: 'write the keys out, or make the whole value one expression',
  });
}

/** Literals keep the type that YAML gave them: a number, a boolean, null or text. */
function literalValue(token: TemplateToken): Json {
  const literal = token as TemplateToken & { readonly value?: Json };
  return literal.value ?? (literalText(token) === '' ? '' : null);
}

/**
 * @returns the text of a scalar as GitHub writes it: null is empty, a boolean `true` or `false`
 * @throws SophiaError `configuration` for a list or a mapping
 */
export function evaluateText(token: TemplateToken | undefined, scope: Scope): string {
  const value = toData(evaluateValue(token, scope));
  if (value.primitive) return value.coerceString();
  throw new SophiaError('configuration', {
    message: `a text was expected, but ${token?.toString() ?? 'the value'} is a list or a mapping`,
    hint: 'use toJSON() or name one of its values',
  });
}

/** @returns a mapping of texts, such as `env` or `with`; empty if the token is absent. */
export function evaluateTexts(token: TemplateToken | undefined, scope: Scope): Record<string, string> {
  if (!token) return {};
  const value = evaluateValue(token, scope);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new SophiaError('configuration', {
      message: `a mapping was expected, but ${token.toString()} is none`,
      hint: 'give a mapping of names to texts',
    });
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toData(item).coerceString()]));
}
