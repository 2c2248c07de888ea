import { data } from '@actions/expressions';
import type { ExpressionData } from '@actions/expressions/data/expressiondata';
import { Array as ArrayData } from '@actions/expressions/data/array';

/** A value of a context, as JSON has it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** @returns the library's form of a value. */
export function toData(value: Json): ExpressionData {
  if (value === null) return new data.Null();
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new data.NumberData(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (isList(value)) return new ArrayData(...value.map(toData));
  return new data.Dictionary(...Object.entries(value).map(([key, item]) => ({ key, value: toData(item) })));
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** @returns the plain value of what an expression gave. */
export function fromData(value: ExpressionData): Json {
  return JSON.parse(JSON.stringify(value, data.replacer)) as Json;
}
