import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import document from './github-schemas.json' with { type: 'json' };
import { isObject } from './json-field.ts';

/** A JSON Schema, as the extracted description holds it. */
export type Schema = { readonly [keyword: string]: unknown };

type Operation = {
  readonly query: Schema;
  readonly body?: Schema;
  readonly responses: Readonly<Record<string, Schema | null>>;
};

const operations: Readonly<Record<string, Operation>> = document.operations;
const schemas: Readonly<Record<string, Schema>> = document.schemas;

const bodies = withDocument(new Ajv({ strict: false, validateFormats: true, allErrors: false }));
/** Query parameters arrive as text: `per_page=100` is an integer. */
const queries = withDocument(new Ajv({ strict: false, coerceTypes: true }));
const compiled = new Map<string, ValidateFunction>();

/**
 * What GitHub's description says against a request, in the words of GitHub's 422; undefined if nothing.
 * Stricter than GitHub in one point: an unknown field or query parameter is refused, not ignored, so that
 * a misspelt one is noticed. Throws for an operation that was not extracted.
 */
export function requestProblem(name: string, query: URLSearchParams, body: unknown): string | undefined {
  const operation = operationOf(name);
  const ofQuery = problem(validator(queries, `${name} query`, operation.query), Object.fromEntries(query));
  if (ofQuery !== undefined || operation.body === undefined) return ofQuery;
  if (body === undefined) return 'Body should be a JSON object';
  return (
    problem(validator(bodies, `${name} body`, operation.body), body) ?? unknownField(operation.body, body)
  );
}

/** Throws if a response is not what GitHub's description promises for this operation and status. */
export function assertResponse(name: string, status: number, value: unknown): void {
  const { responses } = operationOf(name);
  const schema = responses[String(status)];
  if (schema === undefined) throw new Error(`${name}: GitHub describes no response ${status}`);
  const found = schema === null ? undefined : problem(validator(bodies, `${name} ${status}`, schema), value);
  if (found !== undefined)
    throw new Error(`${name}: response ${status} does not fit GitHub's description: ${found}`);
}

/** A component of the description by name, e.g. `issue-comment`. Throws if it was not extracted. */
export function componentSchema(name: string): Schema {
  const found = schemas[name];
  if (found === undefined) throw new Error(`No schema ${name} in github-schemas.json`);
  return found;
}

function operationOf(name: string): Operation {
  const found = operations[name];
  if (found === undefined) throw new Error(`No operation ${name} in github-schemas.json`);
  return found;
}

function withDocument(ajv: Ajv): Ajv {
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'github', schemas }, 'github', false, false);
  return ajv;
}

/** Compiling takes milliseconds: only what is asked for, and once. */
function validator(ajv: Ajv, key: string, schema: Schema): ValidateFunction {
  const validate = compiled.get(key) ?? ajv.compile(schema);
  compiled.set(key, validate);
  return validate;
}

function problem(validate: ValidateFunction, value: unknown): string | undefined {
  if (validate(value)) return undefined;
  const [first] = validate.errors ?? [];
  const detail = first?.params === undefined ? '' : ` (${JSON.stringify(first.params)})`;
  return `${first?.instancePath ?? ''} ${first?.message ?? 'is invalid'}${detail}`.trim();
}

function unknownField(schema: Schema, body: unknown): string | undefined {
  const known = schema['properties'];
  if (!isObject(known) || !isObject(body)) return undefined;
  const extra = Object.keys(body).find((name) => !Object.hasOwn(known, name));
  return extra === undefined ? undefined : `"${extra}" is not a permitted key.`;
}
