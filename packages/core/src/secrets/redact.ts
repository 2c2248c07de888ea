/**
 * @returns a function that replaces every one of the masks by `***`, the longest first.
 *   First version, used by runtime/ports/redaction.ts; its owner replaces it, with the same signature.
 */
export function createRedactor(masks: Iterable<string>): (text: string) => string {
  const sorted = [...masks].sort((a, b) => b.length - a.length).map((mask) => mask.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  if (sorted.length === 0) return (text) => text;
  const pattern = new RegExp(sorted.join('|'), 'g');
  return (text) => text.replace(pattern, '***');
}
