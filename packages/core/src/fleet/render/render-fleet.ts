import { stringify } from 'yaml';

import { SophiaError } from '../../errors.ts';
import type { ServerSpec } from '../server-spec.ts';
import { composeFile } from './compose.ts';
import { renderLosses } from './losses.ts';
import type { Loss } from './losses.ts';
import { kubernetesManifests } from './kubernetes.ts';
import { toolhiveResources } from './toolhive.ts';

/** Where a fleet can go that has outgrown one machine. */
export const RENDER_FORMATS = ['compose', 'kubernetes', 'toolhive'] as const;
export type RenderFormat = (typeof RENDER_FORMATS)[number];

export interface RenderRequest {
  readonly servers: readonly ServerSpec[];
  /** Container images by server; a server without one gets a name that can never be pulled, and is listed. */
  readonly images: Readonly<Record<string, string>>;
}

/** The documents of a format, and what of the fleet they do not say. */
export interface Rendering {
  readonly documents: readonly object[];
  readonly lost: readonly Loss[];
}

const RENDERERS: Readonly<Record<RenderFormat, (request: RenderRequest) => Rendering>> = {
  compose: composeFile,
  kubernetes: kubernetesManifests,
  toolhive: toolhiveResources,
};

/**
 * Writes a fleet for another place to run it. What is lost on the way is listed at the top of the text and in `lost`.
 *
 * @throws SophiaError `configuration` for two servers that would have one name there
 */
export function renderFleet(
  format: RenderFormat,
  request: RenderRequest,
): { readonly text: string; readonly lost: readonly string[] } {
  const { documents, lost: losses } = RENDERERS[format](request);
  const lost = renderLosses(losses);
  const head = [
    `# ${request.servers.length} MCP servers as ${format}, by \`sophia mcp render\`.`,
    ...(lost.length === 0 ? [] : ['#', '# Not said here, since there is no word for it or nobody knows it:']),
    ...lost.map((line) => `# - ${line.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')}`),
  ];
  const yaml = documents.map((document) =>
    stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }),
  );
  return { text: `${head.join('\n')}\n${yaml.join('---\n')}`, lost };
}

/**
 * @returns the name of each server where names are those of DNS labels (RFC 1123): `ai_memory` is `ai-memory`
 * @throws SophiaError `configuration` where two come to the same
 */
export function labelNames(servers: readonly ServerSpec[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { name } of servers) {
    const label = name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 63)
      .replace(/^-+|-+$/g, '');
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
