import { JSONObjectReader } from '@actions/workflow-parser/templates/json-object-reader';
import { TemplateSchema } from '@actions/workflow-parser/templates/schema/template-schema';
import {
  TemplateContext,
  TemplateValidationErrors,
} from '@actions/workflow-parser/templates/template-context';
import { readTemplate } from '@actions/workflow-parser/templates/template-reader';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';
import { NoOperationTraceWriter } from '@actions/workflow-parser/templates/trace-writer';
// The package imports its two schemas as JSON without an import attribute, which Node refuses, and does not
// export them. Its modules below that import are fine, so the schemas are taken from its folder here: Node,
// jest and the bundler all understand this form.
import actionSchema from '../../node_modules/@actions/workflow-parser/dist/action-v1.0.min.json' with { type: 'json' };
import workflowSchema from '../../node_modules/@actions/workflow-parser/dist/workflow-v1.0.min.json' with { type: 'json' };
import { problemAt, type Problem } from './problems.ts';
import { SourcelessReader } from './sourceless-reader.ts';

/** What kind of file is read, with the name of its schema's root. */
export type FileKind = 'workflow-root-strict' | 'action-root-strict';

const load = (schema: unknown) =>
  TemplateSchema.load(new JSONObjectReader(undefined, JSON.stringify(schema)));
const schemas: Partial<Record<FileKind, TemplateSchema>> = {};

function schemaOf(kind: FileKind): TemplateSchema {
  return (schemas[kind] ??= load(kind === 'workflow-root-strict' ? workflowSchema : actionSchema));
}

/** A file as GitHub's own parser reads it: the token tree, and everything that its schema refuses. */
export interface ReadFile {
  readonly root: TemplateToken | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Reads a workflow or action file against GitHub's schema: unknown keys, wrong types, contexts that are not
 * available at a place and expressions that do not parse are problems with their line and column.
 */
export function readFileTokens(kind: FileKind, file: string, text: string): ReadFile {
  const context = new TemplateContext(
    new TemplateValidationErrors(),
    schemaOf(kind),
    new NoOperationTraceWriter(),
  );
  const fileId = context.getFileId(file);
  const reader = new SourcelessReader(fileId, text);
  const [syntax] = reader.errors; // those after the first are mostly its consequences
  if (syntax) {
    const message =
      syntax.message.split('\n')[0]?.replace(/ at line \d+, column \d+:$/, '') ?? syntax.message;
    return { root: undefined, problems: [problemAt(file, syntax.range, message)] };
  }
  const root = readTemplate(context, kind, reader, fileId);
  const problems = context.errors.getErrors().map((error) => problemAt(file, error.range, error.rawMessage));
  return { root, problems };
}
