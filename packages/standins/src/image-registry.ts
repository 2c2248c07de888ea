import { createHash } from 'node:crypto';

import { bytes, empty, json, type Call, type Reply } from './reply.ts';
import { publicRoute, type Route } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';

/** An image registry, and what it holds. */
export type ImageRegistry = Standin & {
  /** `name:tag` to digest. */
  readonly tags: Map<string, string>;
};

type Manifest = { readonly type: string; readonly content: Buffer };

const digestOf = (content: Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

const unknown = (code: string): Reply => json(404, { errors: [{ code, message: code.toLowerCase() }] });

/** As much of the OCI distribution API as buildx uses to look at tags and to move them: manifests, and whole blobs. */
export async function startImageRegistry(options: ListenOptions = {}): Promise<ImageRegistry> {
  const tags = new Map<string, string>();
  const manifests = new Map<string, Manifest>();
  const put = ({ params, headers, body }: Call): Reply => {
    const digest = digestOf(body);
    manifests.set(digest, { type: headers['content-type'] ?? '', content: body });
    if (!(params['reference'] ?? '').startsWith('sha256:'))
      tags.set(`${params['name']}:${params['reference']}`, digest);
    return empty(201, {
      'docker-content-digest': digest,
      location: `/v2/${params['name']}/manifests/${digest}`,
    });
  };
  const manifest = ({ params }: Call): Reply => {
    const reference = params['reference'] ?? '';
    const digest = tags.get(`${params['name']}:${reference}`) ?? reference;
    const found = manifests.get(digest);
    if (found === undefined) return unknown('MANIFEST_UNKNOWN');
    return bytes(200, found.content, { 'content-type': found.type, 'docker-content-digest': digest });
  };
  const standin = await startStandin(
    {
      name: 'image registry',
      routes: [
        publicRoute('GET', '/v2/', () => json(200, {})),
        publicRoute('HEAD', '/v2/{name+}/manifests/{reference}', manifest),
        publicRoute('GET', '/v2/{name+}/manifests/{reference}', manifest),
        publicRoute('PUT', '/v2/{name+}/manifests/{reference}', put),
        ...blobRoutes(),
      ],
      authorize: () => undefined,
      error: ({ status }) => json(status, { errors: [{ code: 'UNKNOWN' }] }),
      named: {},
    },
    options,
  );
  return Object.assign(standin, { tags });
}

function blobRoutes(): readonly Route[] {
  const blobs = new Map<string, Buffer>();
  const blob = ({ params }: Call): Reply => {
    const found = blobs.get(params['digest'] ?? '');
    return found === undefined ? unknown('BLOB_UNKNOWN') : bytes(200, found);
  };
  const upload = ({ params, query, body }: Call): Reply => {
    const digest = query.get('digest') ?? '';
    if (digestOf(body) !== digest) return json(400, { errors: [{ code: 'DIGEST_INVALID' }] });
    blobs.set(digest, body);
    return empty(201, { location: `/v2/${params['name']}/blobs/${digest}`, 'docker-content-digest': digest });
  };
  return [
    publicRoute('HEAD', '/v2/{name+}/blobs/{digest}', blob),
    publicRoute('GET', '/v2/{name+}/blobs/{digest}', blob),
    publicRoute('POST', '/v2/{name+}/blobs/uploads/', ({ params }) =>
      empty(202, { location: `/v2/${params['name']}/blobs/uploads/one` }),
    ),
    publicRoute('PUT', '/v2/{name+}/blobs/uploads/one', upload),
  ];
}
