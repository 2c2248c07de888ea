import { Composer, type Document, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from 'yaml';
import type { CST, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { type DiagnosticSink, errorAt } from './diagnostic.ts';
import type { EscPosition, EscRange } from './esc-value.ts';
import { LimitReached, MAX_ANCHORS, MAX_DEPTH, MAX_SOURCE_LENGTH, MAX_TOKENS } from './limits.ts';
import { joinKey } from './property-key.ts';
import { resolvePlainScalar } from './resolve-scalar.ts';
import { SourcePositions } from './source-positions.ts';
import type { ObjectEntry, StringNode, SyntaxNode } from './syntax-node.ts';
import { yamlErrorMessage } from './yaml-errors.ts';

interface Reader {
  readonly environment: string;
  readonly source: string;
  readonly positions: SourcePositions;
  readonly diagnostics: DiagnosticSink;
}

/**
 * Parses a definition with places that agree with Pulumi ESC's own (gopkg.in/yaml.v3): a scalar ends behind as
 * many columns as its value has bytes, a collection where its last item ends. Never throws.
 *
 * @returns undefined where the document is empty, or broken and reported.
 */
export function parseYaml(
  environment: string,
  source: string,
  diagnostics: DiagnosticSink,
): SyntaxNode | undefined {
  try {
    return readDocument({ environment, source, positions: new SourcePositions(source), diagnostics });
  } catch (error) {
    // The parser of YAML is not ours: whatever it throws on hostile input is a broken document, not a bug.
    const message =
      error instanceof LimitReached ? error.message : 'invalid YAML: the document cannot be read';
    diagnostics.push({ severity: 'error', message, environment });
    return undefined;
  }
}

function readDocument(reader: Reader): SyntaxNode | undefined {
  if (reader.source.length > MAX_SOURCE_LENGTH) {
    throw new LimitReached(`the definition is longer than ${MAX_SOURCE_LENGTH} characters`);
  }
  const composer = new Composer({
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const [document, second] = [...composer.compose(boundedTokens(reader.source), true, reader.source.length)];
  if (document === undefined) return undefined;
  reportErrors(reader, document, second);
  if (document.errors.length > 0 || second !== undefined || document.contents === null) return undefined;
  const root = readNode(reader, document.contents, '');
  // An empty document has a null of no length; one that is only comments too.
  return root?.kind === 'null' && reader.source.slice(...document.contents.range.slice(0, 2)) === ''
    ? undefined
    : root;
}

/** Nesting is checked before the composer, which recurses. */
function* boundedTokens(source: string): Generator<CST.Token, void> {
  const parser = new Parser();
  let tokens = 0;
  let anchors = 0;
  for (const lexeme of new Lexer().lex(source)) {
    yield* parser.next(lexeme);
    if (++tokens > MAX_TOKENS) throw new LimitReached(`the document has more than ${MAX_TOKENS} tokens`);
    if (lexeme.startsWith('&') && ++anchors > MAX_ANCHORS)
      throw new LimitReached('the document has too many anchors');
    if (parser.stack.length > MAX_DEPTH + 2)
      throw new LimitReached(`the document nests deeper than ${MAX_DEPTH}`);
  }
  yield* parser.end();
}

function reportErrors(reader: Reader, document: Document.Parsed, second: Document.Parsed | undefined): void {
  for (const error of document.errors) {
    const range = rangeOf(reader, reader.positions.at(error.pos[0]), reader.positions.at(error.pos[1]));
    reader.diagnostics.push(errorAt({ range, path: '' }, yamlErrorMessage(error.code)));
  }
  if (second === undefined) return;
  const begin = reader.positions.at(second.range[0]);
  reader.diagnostics.push(
    errorAt({ range: rangeOf(reader, begin, begin), path: '' }, yamlErrorMessage('MULTIPLE_DOCS')),
  );
}

function rangeOf(reader: Reader, begin: EscPosition, end: EscPosition): EscRange {
  return { environment: reader.environment, begin, end };
}

function readNode(reader: Reader, node: ParsedNode, path: string): SyntaxNode | undefined {
  if (isScalar(node)) return readScalar(reader, node, path);
  if (isMap(node)) return readMap(reader, node as YAMLMap.Parsed, path);
  if (isSeq(node)) return readSequence(reader, node as YAMLSeq.Parsed, path);
  const begin = beginOf(reader, node);
  const end = isAlias(node)
    ? { line: begin.line, column: begin.column + Buffer.byteLength(node.source) }
    : begin;
  reader.diagnostics.push(
    errorAt({ range: rangeOf(reader, begin, end), path }, 'alias nodes are not supported'),
  );
  return undefined;
}

/** A node with a tag or an anchor begins there; the parser's range begins behind them. */
function beginOf(reader: Reader, node: ParsedNode): EscPosition {
  const [offset] = node.range;
  const isMarked = !isAlias(node) && (node.tag !== undefined || node.anchor !== undefined);
  if (!isMarked) return reader.positions.at(offset);
  const lineStart = reader.source.lastIndexOf('\n', offset - 1) + 1;
  const marks = /(?:[!&]\S*\s+)+$/.exec(reader.source.slice(Math.max(lineStart, offset - 256), offset));
  return reader.positions.at(offset - (marks?.[0].length ?? 0));
}

function readScalar(reader: Reader, node: Scalar.Parsed, path: string): SyntaxNode {
  const value = String(node.value ?? '');
  const isEmpty = node.range[0] === node.range[1];
  const begin = isEmpty
    ? reader.positions.at(reader.positions.trimmedBefore(node.range[0]))
    : beginOf(reader, node);
  const range = rangeOf(reader, begin, endOfScalar(node, value, begin));
  const isPlain = node.type === 'PLAIN' || node.type === undefined;
  if (!isPlain || node.tag === STRING_TAG) return { kind: 'string', value, plain: isPlain, range, path };
  const resolved = resolvePlainScalar(value);
  switch (resolved.kind) {
    case 'null':
      return { kind: 'null', range, path };
    case 'boolean':
      return { kind: 'boolean', value: resolved.value, range, path };
    case 'number':
      return { kind: 'number', text: resolved.text, range, path };
    case 'unsupported':
      reader.diagnostics.push(errorAt({ range, path }, 'infinity and NaN are not supported'));
      return { kind: 'null', range, path };
    case 'string':
      return { kind: 'string', value, plain: true, range, path };
  }
}

const STRING_TAG = 'tag:yaml.org,2002:str';
const CORE_TAG = /^tag:yaml\.org,2002:/;

function endOfScalar(node: Scalar.Parsed, value: string, begin: EscPosition): EscPosition {
  if (node.type === 'BLOCK_LITERAL') {
    const lastLine = value.slice(value.lastIndexOf('\n') + 1);
    const lines = value.split('\n').length - 1;
    return { line: begin.line + lines, column: begin.column + Buffer.byteLength(lastLine) };
  }
  const tag =
    node.type === 'PLAIN' && node.tag !== undefined ? node.tag.replace(CORE_TAG, '!!').length + 1 : 0;
  return { line: begin.line, column: begin.column + tag + Buffer.byteLength(value) };
}

function readSequence(reader: Reader, node: YAMLSeq.Parsed, path: string): SyntaxNode {
  const items: SyntaxNode[] = [];
  for (const [index, item] of node.items.entries()) {
    const read = readNode(reader, item, `${path}[${index}]`);
    if (read !== undefined) items.push(read);
  }
  const begin = beginOf(reader, node);
  return { kind: 'array', items, range: rangeOf(reader, begin, items.at(-1)?.range.end ?? begin), path };
}

function readMap(reader: Reader, node: YAMLMap.Parsed, path: string): SyntaxNode {
  const entries: ObjectEntry[] = [];
  let end: EscPosition | undefined;
  for (const pair of node.items) {
    const key = readKey(reader, pair.key, path);
    if (key === undefined) continue;
    const value = pair.value === null ? nullAfter(key) : readNode(reader, pair.value, key.path);
    end = value?.range.end ?? key.range.end;
    if (value !== undefined) entries.push({ key, value });
  }
  const begin = beginOf(reader, node);
  return { kind: 'object', entries, range: rangeOf(reader, begin, end ?? begin), path };
}

/** `{ name }` has a key and no value at all. */
function nullAfter(key: StringNode): SyntaxNode {
  const { environment, end } = key.range;
  return { kind: 'null', range: { environment, begin: end, end }, path: key.path };
}

function readKey(reader: Reader, node: ParsedNode, path: string): StringNode | undefined {
  const keyPath = isScalar(node) ? joinKey(path, String(node.value ?? '')) : path;
  const key = readNode(reader, node, keyPath);
  if (key === undefined || key.kind === 'string') return key;
  reader.diagnostics.push(errorAt(key, 'mapping keys must be strings'));
  return undefined;
}
