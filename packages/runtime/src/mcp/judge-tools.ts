import type { Fault } from '@sophia/core/gate/outcome';

/** Tools that a server must have. */
export interface ToolExpectation {
  readonly tools: readonly string[];
  readonly minTools: number;
}

/** @returns what is wrong with the tools of a server whose handshake held; undefined where nothing is. */
export function judgeTools(found: readonly string[], expect: ToolExpectation): Fault | undefined {
  const missing = expect.tools.filter((name) => !found.includes(name));
  const hint = 'the server answers, but what is behind it does not: look into its log';
  if (found.length === 0 && (expect.minTools > 0 || missing.length > 0)) {
    return { category: 'assertion', message: 'the server has no tools', hint };
  }
  if (missing.length > 0) {
    return { category: 'assertion', message: `the server lacks the tools ${missing.join(', ')}`, hint };
  }
  if (found.length < expect.minTools) {
    const message = `the server has ${found.length} tools, at least ${expect.minTools} are expected`;
    return { category: 'assertion', message, hint };
  }
  return undefined;
}
