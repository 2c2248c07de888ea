import type { z } from 'zod';

import { didYouMean } from '../nearest-name.ts';
import { locate, placeOf, toPlain } from './located.ts';
import type { Located, Place } from './located.ts';
import { sectionSchemas } from './schema.ts';
import type { SectionName } from './schema.ts';

/**
 * Reads a section by its schema. `lenient` is for sections that the caller does not use: their variables are not read,
 * so what a `${NAME}` would become cannot be judged, and is not.
 *
 * @returns its value, or what is wrong with its keys, each at its place
 */
export function parseSection(name: SectionName, part: Located, mode: 'strict' | 'lenient') {
  const result = sectionSchemas[name].safeParse(toPlain(part), { reportInput: true });
  if (result.success) return { value: result.data as unknown, issues: [] };
  const issues = flatten(result.error.issues)
    .filter((issue) => mode === 'strict' || !holdsReference(locate(part, issue.path)))
    .map((issue) => ({ place: issuePlace(part, issue), message: issueMessage(name, issue) }));
  return { value: undefined, issues };
}

const holdsReference = (node: Located | undefined) =>
  node?.kind === 'scalar' && typeof node.value === 'string' && node.value.includes('${');

type ZodIssue = z.core.$ZodIssue;

/** A union's issue says little: the branch that came furthest says what was expected. */
function flatten(issues: readonly ZodIssue[]): ZodIssue[] {
  return issues.flatMap((issue): ZodIssue[] => {
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
    if (!issue.message.startsWith('Invalid')) return [issue];
    const deepest = [...issue.errors].sort((a, b) => depthOf(b) - depthOf(a))[0] ?? [];
    return flatten(deepest.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })));
  });
}

const depthOf = (branch: readonly ZodIssue[]) => Math.max(0, ...branch.map((issue) => issue.path.length));

function issuePlace(part: Located, issue: ZodIssue): Place {
  if (issue.code === 'unrecognized_keys' && issue.keys[0] !== undefined) {
    return placeOf(part, [...issue.path, issue.keys[0]]);
  }
  return placeOf(part, issue.path);
}

function issueMessage(section: SectionName, issue: ZodIssue): string {
  const path = [section, ...issue.path].map(String).join('.');
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) return unknownKind(path, issue);
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const got = String(issue.input);
    return `${path}: expected ${values.join(', ')}; got ${JSON.stringify(issue.input) ?? 'nothing'}${didYouMean(got, values)}`;
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) return `${path}: is required`;
  if (issue.code === 'invalid_type' && isMapType(issue.expected))
    return `${path}: expected a map; got ${Array.isArray(issue.input) ? 'a list' : JSON.stringify(issue.input)}`;
  return `${path}: ${issue.message.replace(/^Invalid input: /, '')}`;
}

const isMapType = (type: string) => type === 'record' || type === 'object';

function unknownKind(path: string, issue: ZodIssue & { code: 'invalid_union' }): string {
  const options = sectionSchemas.checks.valueType.options.map((option) => String(option.shape.kind.value));
  const input: unknown = issue.input;
  const got = typeof input === 'object' && input !== null && 'kind' in input ? String(input.kind) : undefined;
  if (got === undefined) return `${path}: a kind is required, one of ${options.join(', ')}`;
  return `${path}: unknown kind "${got}"${didYouMean(got, options)}; expected one of ${options.join(', ')}`;
}
