/** A pattern over longer texts would be a mistake: keys, tokens and passwords are short, and certificates too. */
const MAX_LENGTH = 64 * 1024;

/**
 * @returns whether the text matches a regular expression (JavaScript's, with Unicode), or undefined if the
 * pattern is no regular expression or the text too long for one. Patterns are the configuration's and the
 * definition's own, never an outsider's: a pattern that backtracks for ever hurts only its author.
 */
export function matchesPattern(pattern: string, text: string): boolean | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return undefined;
  }
}
