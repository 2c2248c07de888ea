import type { ErrorCode } from 'yaml';

/**
 * Our words for the parser's errors. Its own messages may quote the source, which may be a secret.
 */
const MESSAGES: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias cannot have a tag or an anchor',
  BAD_ALIAS: 'the alias has no anchor',
  BAD_COLLECTION_TYPE: 'a collection has the wrong tag',
  BAD_DIRECTIVE: 'a directive is malformed',
  BAD_DQ_ESCAPE: 'a double-quoted string has an invalid escape sequence',
  BAD_INDENT: 'the indentation is wrong',
  BAD_PROP_ORDER: 'tags and anchors must stand before the value',
  BAD_SCALAR_START: 'a plain value cannot start with this character; quote it',
  BLOCK_AS_IMPLICIT_KEY: 'a block cannot be a key',
  BLOCK_IN_FLOW: 'a block cannot stand inside [ ] or { }',
  DUPLICATE_KEY: 'a key is doubled',
  IMPOSSIBLE: 'the document cannot be read',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: "a closing bracket, brace, quote, comma or ':' is missing",
  MULTILINE_IMPLICIT_KEY: 'a key stretches over several lines',
  MULTIPLE_ANCHORS: 'a value has several anchors',
  MULTIPLE_DOCS: 'the file holds several documents; one is allowed',
  MULTIPLE_TAGS: 'a value has several tags',
  NON_STRING_KEY: 'keys must be strings',
  RESOURCE_EXHAUSTION: 'the document nests too deeply',
  TAB_AS_INDENT: 'a tab cannot indent',
  TAG_RESOLVE_FAILED: 'the tag does not fit the value',
  UNEXPECTED_TOKEN: 'unexpected text',
};

/** @returns what is wrong with the YAML, without a piece of it. */
export function yamlErrorMessage(code: ErrorCode): string {
  return `invalid YAML: ${MESSAGES[code]}`;
}
