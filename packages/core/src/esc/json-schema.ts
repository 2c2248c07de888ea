import { ExactNumber } from './expression.ts';
import { isListContent, isMapContent, type Layered } from './layered.ts';
import { matchesPattern } from './pattern.ts';
import { joinKey } from './property-key.ts';
import { typeName } from './type-check.ts';

/** Keywords that fn::validate knows here; any other is reported, so that nothing passes unchecked. */
const KEYWORDS: ReadonlySet<string> = new Set([
  'type',
  'const',
  'enum',
  'anyOf',
  'oneOf',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'prefixItems',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'secret',
]);

interface Check {
  readonly value: Layered;
  readonly path: string;
  readonly problems: string[];
}

/**
 * Checks a value against a JSON Schema, the part of it that Pulumi ESC has, without `$ref`.
 * Unknown values fit anything.
 *
 * @returns what does not fit, each with its path in the value, and never with the value itself.
 */
export function checkSchema(value: Layered, schema: Layered): readonly string[] {
  const problems: string[] = [];
  check({ value, path: '', problems }, schema);
  return problems;
}

function check(at: Check, schema: Layered): void {
  if (at.value.unknown !== undefined || schema.unknown !== undefined || schema.content === true) return;
  if (schema.content === false) return report(at, 'no value is allowed');
  if (!isMapContent(schema.content)) return report(at, 'the schema must be an object or a boolean');
  for (const key of schema.keys()) {
    if (!KEYWORDS.has(key)) report(at, `the schema keyword ${JSON.stringify(key)} is not supported here`);
  }
  checkType(at, schema);
  checkConstants(at, schema);
  checkAlternatives(at, schema);
  checkNumber(at, schema);
  checkSizes(at, schema);
  checkPattern(at, schema);
  checkMap(at, schema);
  checkList(at, schema);
}

function checkType(at: Check, schema: Layered): void {
  const type = schema.property('type')?.content;
  const actual = typeName(at.value);
  const isInteger = type === 'integer' && actual === 'number' && Number.isInteger(numberOf(at.value));
  if (typeof type === 'string' && type !== actual && !isInteger)
    report(at, `expected ${type}, got ${actual}`);
}

function checkConstants(at: Check, schema: Layered): void {
  const constant = schema.property('const');
  if (constant !== undefined && !isEqual(at.value, constant))
    report(at, 'expected the constant of the schema');
  const options = schema.property('enum')?.content;
  if (options === undefined || !isListContent(options)) return;
  if (!options.some((option) => isEqual(at.value, option)))
    report(at, 'expected one of the values of the schema');
}

function checkAlternatives(at: Check, schema: Layered): void {
  for (const keyword of ['anyOf', 'oneOf']) {
    const options = schema.property(keyword)?.content;
    if (options === undefined || !isListContent(options)) continue;
    const matches = options.filter((option) => checkSchema(at.value, option).length === 0).length;
    if (matches === 0) report(at, 'at least one subschema must match');
    if (matches > 1 && keyword === 'oneOf') report(at, 'exactly one subschema may match');
  }
}

function checkNumber(at: Check, schema: Layered): void {
  const value = numberOf(at.value);
  if (value === undefined) return;
  const limit = (keyword: string) => numberOf(schema.property(keyword));
  const [minimum, above, maximum, below] = [
    limit('minimum'),
    limit('exclusiveMinimum'),
    limit('maximum'),
    limit('exclusiveMaximum'),
  ];
  if (minimum !== undefined && value < minimum)
    report(at, `expected a number greater than or equal to ${minimum}`);
  if (above !== undefined && value <= above) report(at, `expected a number greater than ${above}`);
  if (maximum !== undefined && value > maximum)
    report(at, `expected a number less than or equal to ${maximum}`);
  if (below !== undefined && value >= below) report(at, `expected a number less than ${below}`);
  const factor = limit('multipleOf');
  if (factor !== undefined && !Number.isInteger(value / factor))
    report(at, `expected a multiple of ${factor}`);
}

function checkSizes(at: Check, schema: Layered): void {
  const { content } = at.value;
  const size =
    typeof content === 'string'
      ? ({ noun: 'a string', unit: 'Length', count: Buffer.byteLength(content) } as const)
      : isListContent(content)
        ? ({ noun: 'an array', unit: 'Items', count: content.length } as const)
        : isMapContent(content)
          ? ({ noun: 'an object', unit: 'Properties', count: at.value.keys().length } as const)
          : undefined;
  if (size === undefined) return;
  const minimum = numberOf(schema.property(`min${size.unit}`));
  const maximum = numberOf(schema.property(`max${size.unit}`));
  const unit = size.unit.toLowerCase();
  if (minimum !== undefined && size.count < minimum)
    report(at, `expected ${size.noun} with ${unit} of at least ${minimum}`);
  if (maximum !== undefined && size.count > maximum)
    report(at, `expected ${size.noun} with ${unit} of at most ${maximum}`);
}

function checkPattern(at: Check, schema: Layered): void {
  const pattern = schema.property('pattern')?.content;
  if (typeof pattern !== 'string' || typeof at.value.content !== 'string') return;
  const matches = matchesPattern(pattern, at.value.content);
  if (matches === undefined) report(at, 'the pattern of the schema cannot be applied');
  if (matches === false) report(at, 'the string must match the pattern of the schema');
}

function checkMap(at: Check, schema: Layered): void {
  if (!isMapContent(at.value.content)) return;
  const properties = schema.property('properties');
  const others = schema.property('additionalProperties');
  for (const [key, value] of at.value.entries()) {
    const rule = properties?.property(key) ?? others;
    if (rule !== undefined) check({ ...at, value, path: joinKey(at.path, key) }, rule);
  }
  const required = schema.property('required')?.content;
  const names =
    required !== undefined && isListContent(required) ? required.map((name) => String(name.content)) : [];
  const missing = names.filter((name) => at.value.property(name) === undefined);
  if (missing.length > 0) report(at, `missing required properties: ${missing.join(', ')}`);
}

function checkList(at: Check, schema: Layered): void {
  if (!isListContent(at.value.content)) return;
  const prefix = schema.property('prefixItems')?.content;
  const rules = prefix !== undefined && isListContent(prefix) ? prefix : [];
  for (const [index, value] of at.value.content.entries()) {
    const rule = rules[index] ?? schema.property('items');
    if (rule !== undefined) check({ ...at, value, path: `${at.path}[${index}]` }, rule);
  }
}

/** The keys of a secret map are part of the secret, so its paths stay unsaid. */
function report(at: Check, message: string): void {
  at.problems.push(at.path === '' || at.value.secret ? message : `${at.path}: ${message}`);
}

function numberOf(value: Layered | undefined): number | undefined {
  return value?.content instanceof ExactNumber ? Number(value.content.text) : undefined;
}

function isEqual(left: Layered, right: Layered): boolean {
  const [a, b] = [left.content, right.content];
  if (a instanceof ExactNumber && b instanceof ExactNumber) return Number(a.text) === Number(b.text);
  if (isListContent(a) && isListContent(b)) {
    return (
      a.length === b.length && a.every((item, index) => b[index] !== undefined && isEqual(item, b[index]))
    );
  }
  if (!isMapContent(a) || !isMapContent(b)) return a === b;
  const keys = left.keys();
  return keys.length === right.keys().length && keys.every((key) => isEqualProperty(left, right, key));
}

function isEqualProperty(left: Layered, right: Layered, key: string): boolean {
  const [a, b] = [left.property(key), right.property(key)];
  return a !== undefined && b !== undefined && isEqual(a, b);
}
