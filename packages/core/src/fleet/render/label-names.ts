import { SophiaError } from '../../errors.ts';

/**
 * @returns the name of each server where names are DNS labels that begin with a letter (RFC 1035, which Services keep):
 *   `ai_memory` is `ai-memory`, `2fa` is `mcp-2fa`
 * @throws SophiaError `configuration` where two come to the same, or one to nothing
 */
export function labelNames(servers: readonly { readonly name: string }[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { name } of servers) {
    const label = labelOf(name);
    const taken = [...names].find(([, other]) => other === label);
    if (label === '' || taken !== undefined) {
      throw new SophiaError('configuration', {
        message: `the server ${name} would be called "${label}" there${taken === undefined ? '' : `, as ${taken[0]} is`}`,
        hint: 'rename it: letters, digits and - are kept, everything else becomes -',
      });
    }
    names.set(name, label);
  }
  return names;
}

function labelOf(name: string): string {
  const kept = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return (/^[0-9]/.test(kept) ? `mcp-${kept}` : kept).slice(0, 63).replace(/-+$/, '');
}
