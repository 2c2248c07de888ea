import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import type { McpConfig } from '@sophia/core/config/schema';
import { parseInputs } from '@sophia/core/definition/action';
import { SophiaError } from '@sophia/core/errors';
import { isPassedOn, portable } from '@sophia/core/fleet/render/portable';
import { RENDER_FORMATS, renderFleet } from '@sophia/core/fleet/render/render-fleet';
import type { RenderedFleet, RenderFormat } from '@sophia/core/fleet/render/render-fleet';
import { didYouMean } from '@sophia/core/nearest-name';
import { definition } from '@sophia/mcp-orchestrate/definition';
import { startSession } from '@sophia/runtime/host/session';
import { terminalHost } from '@sophia/runtime/host/terminal';
import { fileFault } from '@sophia/runtime/ports/file-fault';
import { Command, Option } from 'commander';
import pc from 'picocolors';

import { harmless, stderrWriter, terminalLog } from './terminal-log.ts';

interface RenderOptions {
  readonly format: RenderFormat;
  readonly output?: string;
  readonly image: readonly string[];
  readonly config?: string;
  readonly environment?: string;
  readonly registry?: string;
  readonly servers?: string;
}

const collect = (value: string, earlier: readonly string[]) => [...earlier, value];

/** `sophia mcp render`: the same fleet for another place to run it. */
export function renderCommand(): Command {
  return new Command('render')
    .description('the fleet as a compose file, Kubernetes manifests or ToolHive resources')
    .addOption(
      new Option('--format <format>', 'where it is to run').choices(RENDER_FORMATS).makeOptionMandatory(),
    )
    .addOption(
      new Option('--image <server=image>', 'the container image of a server; may be given several times')
        .argParser(collect)
        .default([], "the configuration's"),
    )
    .option(
      '--output <path>',
      'write it to this file, or a file a server into this folder, instead of to stdout',
    )
    .option('--config <path>', 'the configuration of the fleet')
    .option('--environment <name>', 'whose fleet it is')
    .option('--registry <path>', 'the registry, for a fleet without a configuration')
    .option('--servers <names>', 'these, and what they need')
    .action(render);
}

async function render(options: RenderOptions): Promise<void> {
  const { loadConfig } = await import('@sophia/runtime/config/load-config');
  const { loadFleet, requireServers } = await import('@sophia/runtime/fleet/load-fleet');
  const given = { config: options.config, environment: options.environment, servers: options.servers };
  const inputs = parseInputs(definition, (name) => given[name as keyof typeof given] ?? '');
  const log = terminalLog({ writer: stderrWriter, showDebug: false });
  const host = terminalHost({ variables: { ...process.env }, log });
  const session = startSession('mcp-orchestrate', host, inputs);
  const config = await loadConfig(session, ['mcp'], isPassedOn);
  const fleet = await loadFleet({ session, config, registry: options.registry ?? '' });
  const servers = requireServers(fleet, inputs.servers);
  const images = {
    ...imagesOf(fleet.mcp),
    ...parseImages(
      options.image,
      servers.map(({ name }) => name),
    ),
  };
  const origin = Object.keys(fleet.mcp.servers).length > 0 ? 'configuration' : 'registry';
  const rendered = renderFleet(options.format, {
    servers: servers.map((server) => portable(server, { origin, environment: config?.environment ?? '' })),
    images,
    remote: fleet.remote.map(({ name }) => name),
  });
  await write(rendered, options.output);
  for (const line of rendered.lost) process.stderr.write(`${pc.yellow('not said:')} ${harmless(line)}\n`);
}

/** What `mcp.servers.<name>.image` says. */
const imagesOf = ({ servers }: McpConfig): Record<string, string> =>
  Object.fromEntries(
    Object.entries(servers).flatMap(([name, { image }]) => (image === undefined ? [] : [[name, image]])),
  );

function parseImages(pairs: readonly string[], names: readonly string[]): Record<string, string> {
  const images = pairs.map((pair) => {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, equals));
    if (equals > 0 && equals < pair.length - 1 && names.includes(name))
      return [name, pair.slice(equals + 1)] as const;
    throw new SophiaError('usage', {
      message:
        equals < 1 || equals === pair.length - 1
          ? `--image: expected SERVER=IMAGE, got "${pair}"`
          : `--image: no server is named "${name}"${didYouMean(name, names)}`,
      hint: `the servers are ${names.join(', ')}`,
    });
  });
  return Object.fromEntries(images);
}

async function write({ text, files }: RenderedFleet, output: string | undefined): Promise<void> {
  if (output === undefined) {
    process.stdout.write(text);
    return;
  }
  const isFolder =
    /[/\\]$/.test(output) || (await stat(resolve(output)).catch(() => undefined))?.isDirectory();
  const all = isFolder
    ? files.map((file) => ({ path: join(output, file.name), text: file.text }))
    : [{ path: output, text }];
  for (const file of all) {
    try {
      if (isFolder) await mkdir(dirname(resolve(file.path)), { recursive: true });
      await writeFile(resolve(file.path), file.text);
    } catch (error) {
      throw new SophiaError('environment', {
        message: `${file.path} cannot be written: ${fileFault(error)}`,
        hint: 'name a file in a folder that is there, or a folder with a / at its end',
        cause: error,
      });
    }
    process.stderr.write(`wrote ${file.path}\n`);
  }
}
