import type { Accessor, InterpolationPart } from './interpolation.ts';
import type { StringNode, SyntaxNode } from './syntax-node.ts';

/** Functions of one argument that this evaluator computes. */
export const UNARY_FUNCTIONS = [
  'fn::fromBase64',
  'fn::fromJSON',
  'fn::toBase64',
  'fn::toJSON',
  'fn::toString',
] as const;
export type UnaryFunction = (typeof UNARY_FUNCTIONS)[number];

interface ExpressionParts {
  /** The node that the expression was read from: the place of its diagnostics. */
  readonly node: SyntaxNode;
}

export interface ObjectProperty {
  readonly key: string;
  readonly keyNode: StringNode;
  readonly value: Expression;
}

/** A number with its exact digits. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Literal = null | boolean | string | ExactNumber;

/**
 * The meaning of a node. An argument that is `undefined` was malformed and is reported already; the call is
 * then unknown.
 */
export type Expression = ExpressionParts &
  (
    | { readonly kind: 'literal'; readonly value: Literal }
    | { readonly kind: 'interpolation'; readonly parts: readonly InterpolationPart[] }
    | { readonly kind: 'symbol'; readonly access: readonly Accessor[] }
    | { readonly kind: 'array'; readonly items: readonly Expression[] }
    | { readonly kind: 'object'; readonly properties: readonly ObjectProperty[] }
    | { readonly kind: 'plaintext'; readonly value: Expression }
    | { readonly kind: 'ciphertext'; readonly envelope: string }
    | { readonly kind: 'final'; readonly value: Expression }
    | { readonly kind: 'unary'; readonly name: UnaryFunction; readonly argument: Expression }
    | { readonly kind: 'concat'; readonly arrays: Expression }
    | {
        readonly kind: 'join' | 'split';
        readonly delimiter: Expression | undefined;
        readonly subject: Expression | undefined;
      }
    | {
        readonly kind: 'validate';
        readonly schema: Expression | undefined;
        readonly value: Expression | undefined;
      }
    /** fn::open and fn::rotate: only Pulumi Cloud can do them. A malformed call is reported already. */
    | { readonly kind: 'cloud'; readonly name: string; readonly isMalformed: boolean }
  );
