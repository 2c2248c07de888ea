import { componentSchema, type Schema } from './github-schema.ts';
import { isObject } from './json-field.ts';

/**
 * A resource of GitHub's API: what we know (`known`), and for each other field that GitHub's description
 * requires an empty value of the right type (null where allowed, else '', 0, false, [], the first of an
 * enum, a placeholder address). So answers have the shape that GitHub promises, without 80 invented links.
 */
export function resource(
  component: string,
  known: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const filled = fill(componentSchema(component), known);
  return isObject(filled) ? filled : {};
}

function fill(schema: Schema, known: unknown): unknown {
  const resolved = resolve(schema);
  if (Array.isArray(known)) {
    const items = resolved['items'];
    return isObject(items) ? known.map((item: unknown) => fill(items, item)) : known;
  }
  if (known !== undefined && !isObject(known)) return known;
  const branch = [resolved['anyOf'], resolved['oneOf'], resolved['allOf']]
    .find(Array.isArray)
    ?.find(isObject);
  if (branch !== undefined && resolved['properties'] === undefined) return fill(branch, known);
  if (isObject(known)) return fillObject(resolved, known);
  return emptyOf(resolved);
}

function fillObject(schema: Schema, known: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  const names = [...new Set([...required, ...Object.keys(known)])];
  return Object.fromEntries(
    names.map((name) => {
      const property = properties[name];
      return [name, isObject(property) ? fill(property, known[name]) : known[name]];
    }),
  );
}

function emptyOf(schema: Schema): unknown {
  if (Array.isArray(schema['enum'])) return schema['enum'].includes(null) ? null : schema['enum'][0];
  const types = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
  if (types.includes('null')) return null;
  switch (types[0]) {
    case 'string':
      return emptyText(schema['format']);
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    default:
      return fillObject(schema, {});
  }
}

function emptyText(format: unknown): string {
  if (format === 'uri') return 'https://api.github.com/';
  return format === 'date-time' ? '2026-01-01T00:00:00Z' : '';
}

function resolve(schema: Schema): Schema {
  const reference = schema['$ref'];
  return typeof reference === 'string'
    ? resolve(componentSchema(reference.replace('github#/schemas/', '')))
    : schema;
}
