import type { ServerSpec } from '../server-spec.ts';
import { needsPort } from '../server-spec.ts';
import { answersOk, commonLosses, loss, httpPath } from './losses.ts';
import type { Loss } from './losses.ts';
import type { RenderRequest, Rendering } from './render-fleet.ts';

const PROBE_INTERVAL = '5s';
const PROBE_RETRIES = 3;

/** @returns a compose file (compose-spec): one service a server. */
export function composeFile({ servers, images }: RenderRequest): Rendering {
  const healthy = new Set(servers.filter(needsPort).map(({ name }) => name));
  const services = Object.fromEntries(
    servers.map((server) => [server.name, serviceOf(server, images, healthy)]),
  );
  const lost = servers.flatMap((server) => lossesOf(server, { servers, images }, healthy));
  return { documents: [{ services }], lost };
}

/** Compose reads `$` in every value; a text that is meant as it stands has two. */
const literal = (text: string) => text.replaceAll('$', '$$$$');

function serviceOf(
  server: ServerSpec,
  images: RenderRequest['images'],
  healthy: ReadonlySet<string>,
): object {
  const { name, command, needs, port, restart, stopTimeoutMs } = server;
  const variable = `${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_IMAGE`;
  const image = images[name];
  const dependsOn = Object.fromEntries(
    needs.map((need) => [need, { condition: healthy.has(need) ? 'service_healthy' : 'service_started' }]),
  );
  return {
    image: image === undefined ? `\${${variable}:?the image of ${name}}` : literal(image),
    command: command.map(literal),
    environment: environmentOf(server),
    ...(port === undefined ? { stdin_open: true } : { ports: [`127.0.0.1:${port}:${port}`] }),
    ...(needs.length === 0 ? {} : { depends_on: dependsOn }),
    ...(needsPort(server) && port !== undefined ? { healthcheck: healthCheck(server, port) } : {}),
    restart: restart.limit === 0 ? 'no' : `on-failure:${restart.limit}`,
    stop_grace_period: `${Math.ceil(stopTimeoutMs / 1000)}s`,
  };
}

/** Secrets have names only: compose takes their values from the environment that it is started in. */
function environmentOf({ env, secrets, references, port }: ServerSpec): Record<string, string | null> {
  return {
    ...(port === undefined ? {} : { PORT: String(port) }),
    ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, literal(value)])),
    ...references,
    ...Object.fromEntries(secrets.map((name) => [name, null])),
  };
}

function healthCheck(server: ServerSpec, port: number): object {
  const path = httpPath(server);
  const url = `http://127.0.0.1:${port}${path ?? ''}`;
  const asked = answersOk(server) ? '-fsS' : '-sS';
  const test =
    path === undefined
      ? ['CMD', 'nc', '-z', '127.0.0.1', String(port)]
      : ['CMD', 'curl', asked, '--max-time', '5', '--output', '/dev/null', literal(url)];
  return {
    test,
    interval: PROBE_INTERVAL,
    timeout: '6s',
    retries: PROBE_RETRIES,
    start_period: `${Math.ceil(server.readyTimeoutMs / 1000)}s`,
  };
}

function lossesOf(server: ServerSpec, request: RenderRequest, healthy: ReadonlySet<string>): Loss[] {
  const { name, needs, restart } = server;
  const program = httpPath(server) === undefined ? 'nc' : 'curl';
  return [
    ...commonLosses(server, request.images),
    ...(needsPort(server) ? [loss(name, `that its image has ${program}, which its health check runs`)] : []),
    ...(restart.limit > 0 ? [loss(name, 'the window of its restarts; compose counts them without one')] : []),
    ...needs
      .filter((need) => !healthy.has(need))
      .map((need) => loss(name, `that ${need} is healthy first; compose can only wait until it runs`)),
  ];
}
