import { SophiaError } from '../../errors.ts';
import { needsPort } from '../server-spec.ts';
import { commonLosses, loss } from './losses.ts';
import type { Loss } from './losses.ts';
import type { PortableServer } from './portable.ts';
import type { RenderRequest, Rendering } from './render-fleet.ts';
import { written } from './template.ts';
import type { Reference, Template } from './template.ts';

const PROBE_INTERVAL = '5s';
const PROBE_RETRIES = 3;
/** What compose-spec allows as a service's name. */
const SERVICE_NAME = /^[a-zA-Z0-9._-]+$/;

/**
 * @returns a compose file (compose-spec): one service a server
 * @throws SophiaError `configuration` for a name that no service can have
 */
export function composeFile({ servers, images }: RenderRequest): Rendering {
  const names = servers.map(({ name }) => name);
  for (const name of names) requireName(name);
  const healthy = new Set(servers.filter(needsPort).map(({ name }) => name));
  const variables = imageVariables(names);
  const services = Object.fromEntries(
    servers.map((server) => {
      const { name } = server;
      const unknown = `\${${variables.get(name) ?? ''}:?the image of ${name}}`;
      const image = images[name] === undefined ? unknown : literal(images[name]);
      return [name, serviceOf(server, image, healthy)];
    }),
  );
  return {
    files: [{ name: 'compose.yaml', servers: names, documents: [{ services }] }],
    lost: servers.flatMap((server) => lossesOf(server, { servers, images }, healthy)),
  };
}

function requireName(name: string): void {
  if (SERVICE_NAME.test(name)) return;
  throw new SophiaError('configuration', {
    message: `compose has no service named ${JSON.stringify(name)}`,
    hint: 'rename the server: letters, digits, . _ and - are allowed there',
  });
}

/** A variable for each server's image; no two servers share one, and none begins with a digit. */
function imageVariables(names: readonly string[]): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const name of names) {
    const word = name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
    const base = `${/^[0-9]/.test(word) ? '_' : ''}${word}_IMAGE`;
    const taken = [...variables.values()];
    let variable = base;
    for (let n = 2; taken.includes(variable); n += 1) variable = `${base}_${n}`;
    variables.set(name, variable);
  }
  return variables;
}

/** Compose reads `$` in every value; a text that is meant as it stands has two. */
const literal = (text: string) => text.replaceAll('$', '$$$$');

/** Compose has the configuration's own forms, and the error for what must be set. */
const reference = ({ name, fallback }: Reference) =>
  fallback === undefined ? `\${${name}?${name} must be set}` : `\${${name}:-${literal(fallback)}}`;

const text = (template: Template) => written(template, reference, literal);

function serviceOf(server: PortableServer, image: string, healthy: ReadonlySet<string>): object {
  const { command, needs, port, restart, stopTimeoutMs } = server;
  const dependsOn = Object.fromEntries(
    needs.map((need) => [need, { condition: healthy.has(need) ? 'service_healthy' : 'service_started' }]),
  );
  const reached =
    needsPort(server) && port !== undefined
      ? { ports: [`127.0.0.1:${port}:${port}`], healthcheck: healthCheck(server, port) }
      : // A server that speaks over its pipes ends when its input does.
        { stdin_open: true };
  return {
    image,
    command: command.map(text),
    environment: environmentOf(server),
    ...reached,
    ...(needs.length === 0 ? {} : { depends_on: dependsOn }),
    restart: restart.limit === 0 ? 'no' : `on-failure:${restart.limit}`,
    stop_grace_period: `${Math.ceil(stopTimeoutMs / 1000)}s`,
  };
}

/** Secrets have names only: compose takes their values from the environment that it is started in. */
function environmentOf({ env, secrets, withheld, port }: PortableServer): Record<string, string | null> {
  return {
    ...(port === undefined ? {} : { PORT: String(port) }),
    ...Object.fromEntries(Object.entries(env).map(([name, template]) => [name, text(template)])),
    ...Object.fromEntries([...secrets, ...withheld].map((name) => [name, null])),
  };
}

/**
 * Only where 2xx is promised is HTTP asked: a GET of a path of MCP is refused by some servers, and by others opens a
 * stream that never ends and a session that nobody terminates.
 */
function healthCheck({ health, readyTimeoutMs }: PortableServer, port: number): object {
  const test =
    health.http === undefined
      ? ['CMD', 'nc', '-z', '127.0.0.1', String(port)]
      : [
          ...['CMD', 'curl', '-fsS', '--max-time', '5', '--output', '/dev/null'],
          literal(`http://127.0.0.1:${port}${health.http}`),
        ];
  return {
    test,
    interval: PROBE_INTERVAL,
    timeout: '6s',
    retries: PROBE_RETRIES,
    start_period: `${Math.ceil(readyTimeoutMs / 1000)}s`,
  };
}

function lossesOf(server: PortableServer, request: RenderRequest, healthy: ReadonlySet<string>): Loss[] {
  const { name, needs, restart, health, secrets } = server;
  const program = health.http === undefined ? 'nc' : 'curl';
  return [
    ...commonLosses(server, request.images),
    ...(needsPort(server)
      ? [
          loss(name, `that its image has ${program}, which its health check runs`),
          loss(name, 'that it is restarted when it hangs; compose only calls it unhealthy'),
        ]
      : []),
    ...(restart.limit > 0
      ? [loss(name, 'the window of its restarts, and that an end with 0 counts; compose knows neither')]
      : []),
    ...(secrets.length > 0
      ? [loss(name, `that it does not start without ${secrets.join(', ')}; compose passes on what is there`)]
      : []),
    ...needs
      .filter((need) => !healthy.has(need))
      .map((need) => loss(name, `that ${need} is healthy first; compose can only wait until it runs`)),
  ];
}
