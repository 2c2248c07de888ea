import type { ArtifactStore, StoredArtifact } from './artifact-store.ts';
import { bytes, empty, text, type Call, type Reply } from './reply.ts';
import { publicRoute, type Route } from './routes.ts';

/**
 * The part of Azure's blob storage that artifact clients use: put a block, put the list of blocks, put a
 * whole blob, get it. The signed URL is the credential (`sig`), a wrong one is 403 as there.
 */
export function blobRoutes(store: ArtifactStore): readonly Route[] {
  const blocks = new Map<number, Map<string, Buffer>>();
  return [
    publicRoute('PUT', '/blobs/{id}/{file}', async (call) => {
      const artifact = await store.find(Number(call.params['id']));
      if (!isSigned(artifact, call)) return denied();
      const part = call.query.get('comp');
      const own = blocks.get(artifact.id) ?? new Map<string, Buffer>();
      blocks.set(artifact.id, own);
      if (part === 'block') {
        own.set(call.query.get('blockid') ?? '', call.body);
      } else {
        await store.write(artifact.id, part === 'blocklist' ? assemble(call, own) : call.body);
        blocks.delete(artifact.id);
      }
      return empty(201, { etag: '"0x8D0000000000000"', 'last-modified': new Date().toUTCString(), ...AZURE });
    }),
    publicRoute('GET', '/blobs/{id}/{file}', async (call) => {
      const artifact = await store.find(Number(call.params['id']));
      if (!isSigned(artifact, call)) return denied();
      const blob = await store.read(artifact.id);
      if (blob === undefined) return azureError(404, 'BlobNotFound', 'The specified blob does not exist.');
      const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(fileName(artifact))}`;
      return bytes(200, blob, {
        'content-type': artifact.mimeType,
        'content-disposition': disposition,
        ...AZURE,
      });
    }),
  ];
}

/** The signed URL of an artifact's blob, for upload and for download. `origin` is the storage's base URL. */
export function signedBlobUrl(origin: string, artifact: StoredArtifact): string {
  return `${origin}/blobs/${artifact.id}/${encodeURIComponent(fileName(artifact))}?sig=${artifact.signature}`;
}

const AZURE = { 'x-ms-request-id': '00000000-0000-4000-8000-000000000004', 'x-ms-version': '2025-11-05' };

function fileName({ name, mimeType }: StoredArtifact): string {
  return mimeType === 'application/zip' && !name.endsWith('.zip') ? `${name}.zip` : name;
}

function isSigned(artifact: StoredArtifact | undefined, { query }: Call): artifact is StoredArtifact {
  return artifact !== undefined && query.get('sig') === artifact.signature;
}

function assemble({ body }: Call, blocks: ReadonlyMap<string, Buffer>): Buffer {
  const ids = [...body.toString('utf8').matchAll(/<(?:Latest|Uncommitted)>([^<]*)</g)].map(
    ([, id]) => id ?? '',
  );
  return Buffer.concat(ids.map((id) => blocks.get(id) ?? Buffer.alloc(0)));
}

function denied(): Reply {
  return azureError(403, 'AuthenticationFailed', 'Server failed to authenticate the request.');
}

function azureError(status: number, code: string, message: string): Reply {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return text(status, body, { 'content-type': 'application/xml', 'x-ms-error-code': code, ...AZURE });
}
