// Pushes an image without layers, as `buildx build --push` would have done: for tests without a builder.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const flag = (name: string) =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? '';
const [, host = '', name = '', tag = ''] = /^([^/]+)\/(.+):([^:]+)$/.exec(flag('tag')) ?? [];
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const send = async (method: string, path: string, body: string, type: string) => {
  const url = `http://${host}/v2/${name}/${path}`;
  const { status } = await fetch(url, { method, body, headers: { 'content-type': type } });
  if (status !== 201) throw new Error(`${method} ${url}: ${status}`);
};

const config = JSON.stringify({
  architecture: 'amd64',
  os: 'linux',
  config: { Labels: { built: String(process.hrtime.bigint()) } },
  rootfs: { type: 'layers', diff_ids: [] },
});
await send('PUT', `blobs/uploads/one?digest=${digestOf(config)}`, config, 'application/octet-stream');
const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType,
  config: {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: digestOf(config),
    size: config.length,
  },
  layers: [],
});
await send('PUT', `manifests/${tag}`, manifest, mediaType);
writeFileSync(flag('metadata-file'), JSON.stringify({ 'containerimage.digest': digestOf(manifest) }));
