import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { DEFAULT_CONFIG_PATH } from '@sophia/core/definition/action';
import { SophiaError } from '@sophia/core/errors';
import { proposeConfiguration } from '@sophia/core/init/propose-configuration';
import {
  isRegistry,
  LOOKED_AT,
  readFacts,
  REGISTRIES_FOLDER,
  SERVERS_FOLDER,
} from '@sophia/core/init/repository-facts';
import { fileFault } from '@sophia/runtime/ports/file-fault';
import { Command } from 'commander';

import { callerWorkflow } from './caller-workflow.ts';

const WORKFLOW_PATH = '.github/workflows/sophia-master-deployment.yml';
const DEFAULT_ORGANISATION = 'your-organisation';

interface InitOptions {
  readonly organisation?: string;
  readonly force?: boolean;
}

/** `sophia init`: a starting configuration and the caller of the master workflow, from what the repository has. */
export function initCommand(): Command {
  return new Command('init')
    .description('write a starting configuration and workflow from what this repository has')
    .option('--organisation <name>', 'the Pulumi organisation (default: the one of the old workflow)')
    .option('--force', 'write over files that are there')
    .action(async (options: InitOptions) => {
      if (options.organisation !== undefined) requireName(options.organisation);
      const folder = process.cwd();
      const files = new Map<string, string>();
      for (const path of LOOKED_AT) {
        const text = await readFile(join(folder, path), 'utf8').catch(() => undefined);
        if (text !== undefined) files.set(path, text);
      }
      const listed = [...(await listServers(folder)), ...(await listRegistries(folder))];
      for (const path of listed) if (!files.has(path)) files.set(path, '');
      const facts = readFacts(files);
      const organisation = options.organisation ?? facts.organisation ?? DEFAULT_ORGANISATION;
      const texts = new Map([
        [DEFAULT_CONFIG_PATH, proposeConfiguration(facts, organisation)],
        [WORKFLOW_PATH, callerWorkflow(organisation)],
      ]);
      refuseOverwrite(folder, [...texts.keys()], options);
      for (const [path, text] of texts) await writeNew(join(folder, path), text);
      for (const path of texts.keys()) process.stdout.write(`wrote ${path}\n`);
      process.stdout.write(
        'next: read them, then `sophia secrets` and `sophia gate` (both with --environment staging) try them here\n',
      );
    });
}

/** It goes into the paths of ESC environments and into the sign-in's request. */
function requireName(organisation: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(organisation)) return;
  throw new SophiaError('usage', {
    message: `--organisation: expected the name of an organisation: letters, digits, ., _ and -, got ${JSON.stringify(organisation)}`,
    hint: 'it stands in the address of the Pulumi console: app.pulumi.com/NAME',
  });
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (error) {
    throw new SophiaError('environment', {
      message: `cannot write ${path}: ${fileFault(error)}`,
      hint: 'check the path and its permissions',
      cause: error,
    });
  }
}

/** The files of the folders of MCP servers: their names tell how a server starts. */
async function listServers(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, SERVERS_FOLDER)).catch(() => []);
  const lists = await Promise.all(
    names.sort().map(async (name) => {
      const files = await readdir(join(folder, SERVERS_FOLDER, name)).catch(() => []);
      return files.sort().map((file) => `${SERVERS_FOLDER}/${name}/${file}`);
    }),
  );
  return lists.flat();
}

async function listRegistries(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, REGISTRIES_FOLDER)).catch(() => []);
  return names.filter(isRegistry).map((name) => `${REGISTRIES_FOLDER}/${name}`);
}

function refuseOverwrite(folder: string, paths: readonly string[], { force }: InitOptions): void {
  const there = paths.filter((path) => existsSync(join(folder, path)));
  if (there.length === 0 || force === true) return;
  throw new SophiaError('usage', {
    message: `${there.join(' and ')} ${there.length === 1 ? 'is' : 'are'} there already`,
    hint: 'use --force to write over what is there (git keeps what was); nothing was written',
  });
}
