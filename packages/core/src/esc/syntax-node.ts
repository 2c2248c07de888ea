import type { EscRange } from './esc-value.ts';

interface NodeParts {
  readonly range: EscRange;
  /** Path in the document, such as `values.a[0]`. */
  readonly path: string;
}

/** A string of the document; `plain` ones stand in the source as they are, so offsets in them can be located. */
export interface StringNode extends NodeParts {
  readonly kind: 'string';
  readonly value: string;
  readonly plain: boolean;
}

/** A number; `text` is its exact decimal form, as Go prints it. */
export interface NumberNode extends NodeParts {
  readonly kind: 'number';
  readonly text: string;
}

export interface BooleanNode extends NodeParts {
  readonly kind: 'boolean';
  readonly value: boolean;
}

export interface NullNode extends NodeParts {
  readonly kind: 'null';
}

export interface ArrayNode extends NodeParts {
  readonly kind: 'array';
  readonly items: readonly SyntaxNode[];
}

export interface ObjectEntry {
  readonly key: StringNode;
  readonly value: SyntaxNode;
}

/** A mapping in document order; doubled keys are kept, the evaluator reports them. */
export interface ObjectNode extends NodeParts {
  readonly kind: 'object';
  readonly entries: readonly ObjectEntry[];
}

/** A node of a definition after YAML and before any meaning. */
export type SyntaxNode = StringNode | NumberNode | BooleanNode | NullNode | ArrayNode | ObjectNode;
