import { commentNodeId } from './github-comments.ts';
import type { GitHubState } from './github-state.ts';
import { field, isObject, textField } from './json-field.ts';
import { json, type Call, type Reply } from './reply.ts';

const CLASSIFIERS = ['SPAM', 'ABUSE', 'OFF_TOPIC', 'OUTDATED', 'DUPLICATE', 'RESOLVED'];

/**
 * `POST /graphql` with the one mutation `minimizeComment(input: {subjectId, classifier})`, its input as
 * variables or in the text. Any other query gets GraphQL's `errors`, at status 200 as there.
 */
export function minimizeComment(state: GitHubState, isReadOnly: boolean, { json: body }: Call): Reply {
  const query = textField(body, 'query') ?? '';
  if (!/\bminimizeComment\s*\(/.test(query))
    return failed('undefinedField', 'The stand-in knows minimizeComment only.');
  if (isReadOnly) return failed('FORBIDDEN', 'Resource not accessible by integration');
  const values = [...textsOf(field(body, 'variables')), ...query.split(/["\s{}(),:]+/)];
  const comment = state.comments.find((one) => values.includes(commentNodeId(one)));
  const classifier = values.find((value) => CLASSIFIERS.includes(value));
  if (classifier === undefined)
    return failed('argumentLiteralsIncompatible', 'classifier is missing or unknown');
  if (comment === undefined) return failed('NOT_FOUND', 'Could not resolve to a node with the global id.');
  comment.minimized = classifier;
  const minimizedComment = { isMinimized: true, minimizedReason: classifier.toLowerCase().replace('_', '-') };
  return json(200, { data: { minimizeComment: { minimizedComment, clientMutationId: null } } });
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return isObject(value) ? Object.values(value).flatMap(textsOf) : [];
}

function failed(type: string, message: string): Reply {
  return json(200, { data: null, errors: [{ type, path: ['minimizeComment'], message }] });
}
