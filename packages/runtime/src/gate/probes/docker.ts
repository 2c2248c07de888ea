import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { failed, passed } from '@sophia/core/gate/outcome';
import type { Fault, ProbeResult } from '@sophia/core/gate/outcome';

import type { HttpRequest } from '../../http/request.ts';
import type { Variables } from '../../host/host.ts';
import { runProgram } from '../../ports/processes.ts';
import { badUrl } from '../api-call.ts';
import { childVariables } from '../child-variables.ts';
import { setting } from '../credentials.ts';
import type { CheckProbe, ProbeContext } from '../probe.ts';
import { refusal, unreadable } from '../service-failure.ts';

const DEFAULT_HOST = 'unix:///var/run/docker.sock';
const MOST_BYTES = 1_024;

const address = (check: { host?: string | undefined }, variables: Variables) =>
  setting(check.host, variables['DOCKER_HOST'], DEFAULT_HOST);

/** `GET /_ping` of the engine; with `buildx: true`, `docker buildx version` too. */
export const docker: CheckProbe<'docker'> = {
  target: address,
  async probe(check, context) {
    const host = address(check, context.variables);
    if (host.startsWith('ssh://')) {
      const found = await overSsh(host, context);
      return found.outcome === 'passed' && check.buildx ? ((await buildx(context)) ?? found) : found;
    }
    const where = await endpointOf(host, context.variables);
    if ('category' in where) return failed(where);
    const { signal } = context;
    const result = await context.http({
      ...where,
      method: 'GET',
      headers: {},
      signal,
      maxBodyBytes: MOST_BYTES,
    });
    if ('fault' in result) return failed(result.fault);
    const { answer } = result;
    if (answer.status !== 200)
      return refusal('docker', answer, { nowMs: context.session.host.clock.nowMs() });
    if (answer.body.toString('utf8').trim() !== 'OK') return failed(unreadable('Docker'));
    const version = answer.headers['api-version'] ?? 'unknown';
    const found = passed(`the engine answers, API ${version}`, { phases: answer.phases });
    return check.buildx ? ((await buildx(context)) ?? found) : found;
  },
};

async function overSsh(host: string, context: ProbeContext): Promise<ProbeResult> {
  if (!URL.canParse(host)) return failed(badUrl(host));
  const { pingBySsh } = await import('../docker-ssh.ts');
  const ping = await pingBySsh(new URL(host), context);
  if ('category' in ping) return failed(ping);
  if (ping.status !== 200 || ping.body.trim() !== 'OK') return failed(unreadable('Docker'));
  return passed(`the engine answers by ssh, API ${ping.apiVersion}`);
}

type Where = Pick<HttpRequest, 'url' | 'socket'> | Fault;

async function endpointOf(host: string, variables: Variables): Promise<Where> {
  if (host.startsWith('unix://')) {
    return { url: new URL('http://localhost/_ping'), socket: { socketPath: host.slice('unix://'.length) } };
  }
  const parsed = URL.canParse(host) ? new URL(host) : undefined;
  if (parsed === undefined || !['tcp:', 'http:', 'https:'].includes(parsed.protocol)) {
    const message = 'DOCKER_HOST is none of unix://, tcp://, http://, https:// and ssh://';
    return {
      category: 'configuration',
      message,
      hint: 'other ways (npipe) are not supported by this check',
    };
  }
  const isTls = parsed.protocol === 'https:' || (variables['DOCKER_TLS_VERIFY'] ?? '') !== '';
  const url = new URL(`${isTls ? 'https' : 'http'}://${parsed.host}/_ping`);
  const folder = variables['DOCKER_CERT_PATH'] ?? '';
  if (!isTls || folder === '') return { url };
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  try {
    return {
      url,
      socket: { ca: await read('ca.pem'), cert: await read('cert.pem'), key: await read('key.pem') },
    };
  } catch {
    const message = 'DOCKER_CERT_PATH lacks ca.pem, cert.pem or key.pem';
    return { category: 'configuration', message, hint: 'point it at the folder with the client certificate' };
  }
}

async function buildx({
  session,
  variables,
  config,
  timeoutMs,
  signal,
}: ProbeContext): Promise<ProbeResult | undefined> {
  const { exitCode } = await runProgram({
    words: ['docker', 'buildx', 'version'],
    directory: session.directory,
    variables: childVariables({ variables, config }, { env: {}, secrets: ['DOCKER_CONFIG'] }),
    timeoutMs,
    signal,
  });
  if (exitCode === 0) return undefined;
  const hint = 'install it: docker/setup-buildx-action, or the package docker-buildx-plugin';
  return failed({
    category: 'not-found',
    message: 'the engine answers, but `docker buildx` is not there',
    hint,
  });
}
