import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { failed, passed } from '@sophia/core/gate/outcome';
import type { Fault } from '@sophia/core/gate/outcome';

import type { HttpRequest } from '../../http/request.ts';
import type { CheckProbe, ProbeContext } from '../probe.ts';
import { readKubeconfig } from '../kubeconfig.ts';
import type { Cluster } from '../kubeconfig.ts';
import { signIn } from '../kubernetes-exec.ts';
import { refusal } from '../service-failure.ts';

const MOST_BYTES = 64 * 1_024;

/** `GET /readyz?verbose` of the API server, as the context of the kubeconfig says. */
export const kubernetes: CheckProbe<'kubernetes'> = {
  target: () => undefined,
  async probe(check, context) {
    const { variables, session } = context;
    const path =
      check.kubeconfig ?? variables['KUBECONFIG'] ?? join(variables['HOME'] ?? homedir(), '.kube/config');
    const text = await session.host.files.read(resolve(session.directory, path));
    if (text === undefined) return failed(noFile(path));
    const cluster = readKubeconfig(text, check.context);
    if ('category' in cluster) return failed(cluster);
    const signed = cluster.exec === undefined ? cluster : await signIn(cluster, cluster.exec, context);
    if ('category' in signed) return failed(signed);
    const request = await requestOf(signed, dirname(resolve(session.directory, path)), context);
    if ('category' in request) return failed(request);
    const result = await context.http({
      ...request,
      method: 'GET',
      signal: context.signal,
      maxBodyBytes: MOST_BYTES,
    });
    if ('fault' in result) return failed(result.fault);
    const { answer } = result;
    if (answer.status === 200)
      return passed(`the API server is ready (${cluster.context})`, { phases: answer.phases });
    const unready = answer.body.toString('utf8').match(/^\[-\]\S+/gm) ?? [];
    const judged = refusal('kubernetes', answer, { nowMs: session.host.clock.nowMs() });
    return unready.length === 0 || judged.outcome !== 'failed'
      ? judged
      : {
          ...judged,
          message: `the API server is not ready: ${unready.slice(0, 5).join(' ').replaceAll('[-]', '')}`,
        };
  },
};

const noFile = (path: string): Fault => ({
  category: 'configuration',
  message: `there is no kubeconfig at ${path}`,
  hint: 'set KUBECONFIG, or write it with the action of your cloud before this step',
});

/** Files that the kubeconfig names lie beside it. */
async function requestOf(
  cluster: Cluster,
  folder: string,
  { session }: ProbeContext,
): Promise<Pick<HttpRequest, 'url' | 'headers' | 'socket'> | Fault> {
  const pem = async (part: Cluster['ca']) => {
    if (part === undefined) return undefined;
    return 'pem' in part ? part.pem : readFile(resolve(folder, part.file), 'utf8');
  };
  try {
    const [ca, cert, key] = await Promise.all([pem(cluster.ca), pem(cluster.cert), pem(cluster.key)]);
    for (const secret of [cluster.token, key]) session.host.redaction.add(secret ?? '');
    return {
      url: new URL(`${cluster.server.replace(/\/+$/, '')}/readyz?verbose`),
      headers: (cluster.token === undefined ? {} : { authorization: `Bearer ${cluster.token}` }) as Record<
        string,
        string
      >,
      socket: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
    };
  } catch {
    const message = 'a file that the kubeconfig names cannot be read';
    return {
      category: 'configuration' as const,
      message,
      hint: 'check certificate-authority, client-certificate and client-key',
    };
  }
}
