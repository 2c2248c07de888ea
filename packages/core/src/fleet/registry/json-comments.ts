/** A comment begins a word: in `http://` it does not. Texts are passed over, so that none is taken for a comment. */
const TEXT_OR_COMMENT = /"(?:[^"\\\n]|\\.)*"|(?<=^|[\s,{}[\]])(?:\/\/[^\n]*|\/\*[^]*?\*\/)/gm;

/**
 * Editors allow comments in their JSON (`.vscode/mcp.json`), and YAML does not know them.
 *
 * @returns the text with each comment as blanks, so that everything stands where it stood; YAML as it is
 */
export function withoutComments(text: string): string {
  if (!/^\s*(?:[[{]|\/[/*])/.test(text)) return text;
  return text.replace(TEXT_OR_COMMENT, (found) =>
    found.startsWith('"') ? found : found.replace(/[^\r\n]/g, ' '),
  );
}
