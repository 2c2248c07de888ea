import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { DEFAULT_CONFIG_PATH } from '@sophia/core/definition/action';
import { SophiaError } from '@sophia/core/errors';
import type { Config } from '@sophia/core/config/parse-config';
import type { SectionName } from '@sophia/core/config/schema';

import type { Session } from '../host/session.ts';
import { readTrusted } from './trusted-source.ts';

/** The configuration's name in messages where it came as text in the workflow. */
const INLINE = 'config-inline';

/**
 * Reads the configuration of a session: `config-inline`, or the file of `config`, under the rules of trust.
 *
 * @param isLeft texts of which no variable is read
 * @returns undefined where neither is there; a file that an input names must be
 * @throws SophiaError `configuration`, `usage` or `trust`
 */
export async function loadConfig<S extends SectionName>(
  session: Session,
  sections: readonly S[],
  isLeft?: (path: readonly string[]) => boolean,
): Promise<Config<S> | undefined> {
  const source = await readSource(session);
  if (source === undefined) return undefined;
  const { parseConfig } = await import('@sophia/core/config/parse-config');
  const { common, host } = session;
  return parseConfig({
    ...source,
    environment: common.environment,
    deploymentId: common.deploymentId,
    nowMs: session.startedAtMs,
    variables: host.variables,
    sections,
    isLeft,
  });
}

/** @throws SophiaError `configuration` where there is no configuration at all */
export async function requireConfig<S extends SectionName>(
  session: Session,
  sections: readonly S[],
): Promise<Config<S>> {
  const config = await loadConfig(session, sections);
  if (config !== undefined) return config;
  throw missing(session, session.common.config);
}

/** @throws SophiaError `configuration` where there is no configuration at all; nothing of it is parsed */
export async function requireSource(session: Session): Promise<void> {
  if ((await readSource(session)) === undefined) throw missing(session, session.common.config);
}

async function readSource(session: Session): Promise<{ text: string; file: string } | undefined> {
  const { config, configInline } = session.common;
  if (configInline.trim() !== '') return { text: configInline, file: INLINE };
  const path = resolve(session.directory, config);
  const text = await readTrusted(session, path);
  if (text !== undefined) return { text, file: config };
  if (config === DEFAULT_CONFIG_PATH) return undefined;
  throw missing(session, config);
}

const missing = ({ host, common, directory }: Session, file: string) =>
  new SophiaError('configuration', {
    message: existsSync(directory)
      ? `there is no configuration: ${join(common.workingDirectory, file)} does not exist`
      : `the working directory does not exist: ${common.workingDirectory}`,
    hint: host.kind === 'terminal' ? MISSING_HERE : MISSING_IN_JOB,
  });

const MISSING_HERE = 'run `sophia init` to write one, or name another file with --config';
const MISSING_IN_JOB =
  'run `sophia init` to write one, name another file in the input `config`, or give the text in `config-inline`; esc-setup also does with `esc-environment` alone';
