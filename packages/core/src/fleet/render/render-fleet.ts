import { stringify } from 'yaml';

import { composeFile } from './compose.ts';
import { loss, renderLosses } from './losses.ts';
import type { Loss } from './losses.ts';
import { kubernetesManifests } from './kubernetes.ts';
import type { PortableServer } from './portable.ts';
import { toolhiveResources } from './toolhive.ts';

/** Where a fleet can go that has outgrown one machine. */
export const RENDER_FORMATS = ['compose', 'kubernetes', 'toolhive'] as const;
export type RenderFormat = (typeof RENDER_FORMATS)[number];

export interface RenderRequest {
  readonly servers: readonly PortableServer[];
  /** Container images by server; a server without one gets a name that can never be pulled, and is listed. */
  readonly images: Readonly<Record<string, string>>;
  /** Names of servers of the registry that run elsewhere: nobody starts them, here or there. */
  readonly remote?: readonly string[];
}

/** Documents that belong together, as they go to one file of a folder. */
export interface RenderedFile {
  readonly name: string;
  /** The servers that it is about. */
  readonly servers: readonly string[];
  readonly documents: readonly object[];
}

/** The documents of a format, and what of the fleet they do not say. */
export interface Rendering {
  readonly files: readonly RenderedFile[];
  readonly lost: readonly Loss[];
}

/** A fleet for another place. */
export interface RenderedFleet {
  /** All of it as one text. */
  readonly text: string;
  /** The same for a folder. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly lost: readonly string[];
}

type Text = Omit<RenderedFile, 'name'> & { readonly remote?: readonly string[] };

const RENDERERS: Readonly<Record<RenderFormat, (request: RenderRequest) => Rendering>> = {
  compose: composeFile,
  kubernetes: kubernetesManifests,
  toolhive: toolhiveResources,
};

/**
 * Writes a fleet for another place to run it. What is lost on the way is listed at the top of each text and in `lost`.
 *
 * @throws SophiaError `configuration` for two servers that would have one name there, or one that can have none
 */
export function renderFleet(format: RenderFormat, request: RenderRequest): RenderedFleet {
  const { files, lost: ofServers } = RENDERERS[format](request);
  const { remote = [] } = request;
  const lost = [
    ...ofServers,
    ...remote.map((name) => loss(name, 'the whole server: it runs elsewhere, and is only an address')),
  ];
  const textOf = ({ servers, documents, remote: more = [] }: Text) =>
    `${headOf(format, { servers, lost: lost.filter(({ server }) => [...servers, ...more].includes(server)) })}\n${documents.map(yamlOf).join('---\n')}`;
  const everything = {
    servers: request.servers.map(({ name }) => name),
    remote,
    documents: files.flatMap(({ documents }) => documents),
  };
  return {
    text: textOf(everything),
    files: files.map((file) => ({ name: file.name, text: textOf(file) })),
    lost: renderLosses(lost),
  };
}

function headOf(
  format: RenderFormat,
  { servers, lost }: { readonly servers: readonly string[]; readonly lost: readonly Loss[] },
): string {
  const lines = renderLosses(lost);
  return [
    `# ${servers.length === 1 ? 'A MCP server' : `${servers.length} MCP servers`} as ${format}, by \`sophia mcp render\`.`,
    ...(lines.length === 0
      ? []
      : ['#', '# Not said here, since there is no word for it or nobody knows it:']),
    ...lines.map((line) => `# - ${line.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')}`),
  ].join('\n');
}

/** What reads it may be of YAML 1.1 (kubectl is): there `yes`, `1_000` and `1:30` are no texts without quotes. */
const yamlOf = (document: object): string =>
  stringify(document, { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' });
