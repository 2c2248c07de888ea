import type { EngineStage } from './engine-act.ts';
import type { EngineCommands, Words } from './engine-commands.ts';
import type { DockerSettings } from './docker-settings.ts';

const buildx = (...args: readonly string[]): Words => ['docker', 'buildx', ...args];

export const tagged = ({ image }: Pick<DockerSettings, 'image'>, tag: string): string => `${image}:${tag}`;

/** Prints the digest that a tag points at; changes nothing. */
export const digestWords = (settings: DockerSettings, tag: string): Words =>
  buildx('imagetools', 'inspect', tagged(settings, tag), '--format={{.Manifest.Digest}}');

/** Builds and pushes; `metadataFile` then holds the digest. Secrets are named, and read from the environment. */
export function buildWords(settings: DockerSettings, metadataFile: string): Words {
  const { builder, context, file, platforms, tags } = settings;
  return buildx(
    'build',
    '--push',
    '--progress=plain',
    `--metadata-file=${metadataFile}`,
    ...(builder === undefined ? [] : [`--builder=${builder}`]),
    ...(file === undefined ? [] : [`--file=${file}`]),
    ...(platforms.length === 0 ? [] : [`--platform=${platforms.join(',')}`]),
    ...tags.map((tag) => `--tag=${tagged(settings, tag)}`),
    ...Object.entries(settings['build-args']).map(([name, value]) => `--build-arg=${name}=${value}`),
    ...Object.entries(settings['build-secrets']).map(([id, variable]) => `--secret=id=${id},env=${variable}`),
    context,
  );
}

/** Points a tag at an image that the registry has already; `--prefer-index=false` keeps its digest. */
export const pointWords = (settings: DockerSettings, tag: string, digest: string): Words =>
  buildx(
    'imagetools',
    'create',
    '--prefer-index=false',
    `--tag=${tagged(settings, tag)}`,
    `${settings.image}@${digest}`,
  );

/** @returns all that the engine runs for one step. */
export function planDocker(settings: DockerSettings, _stage: EngineStage): EngineCommands {
  const looks = settings.tags.map((tag) => digestWords(settings, tag));
  return {
    check: [buildx('version')],
    before: looks,
    run: [buildWords(settings, '<file>')],
    undo: settings.tags.flatMap((tag) => [
      digestWords(settings, tag),
      pointWords(settings, tag, '<digest before>'),
    ]),
  };
}
