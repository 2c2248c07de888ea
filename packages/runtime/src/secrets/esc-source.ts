import { basename } from 'node:path';

import { SophiaError } from '@sophia/core/errors';
import type { Sections } from '@sophia/core/config/schema';

import type { Session } from '../host/session.ts';
import { cloudClient } from './cloud-client.ts';
import { chooseCloudUrl } from './cloud-url.ts';
import { ownNames, parseEscReference, renderEscReference } from './esc-reference.ts';
import type { EscReference } from './esc-reference.ts';
import { evaluateLocalDefinition } from './local-definition.ts';
import { openEnvironment } from './open-environment.ts';
import type { OpenedEnvironment } from './open-environment.ts';
import { startBudget } from './retries.ts';
import { chooseSignIn, signIn } from './sign-in.ts';
import type { SignInInputs } from './sign-in.ts';

/** Where the values come from. */
export type EscSource =
  | { readonly kind: 'cloud'; readonly reference: EscReference }
  | { readonly kind: 'file'; readonly file: string };

/** The inputs that say where the values come from, and how to get them. */
export interface SourceInputs extends SignInInputs {
  readonly escEnvironment: string;
  readonly cloudUrl: string;
  readonly allowFile: boolean;
}

/** An environment with its name, and the names by which traces mean it itself and no import. */
export interface OpenedSource extends OpenedEnvironment {
  readonly status: 'connected' | 'file';
  readonly name: string;
  readonly ownNames: ReadonlySet<string>;
}

/**
 * Decides where the values come from: the input, then `esc.file`, then `esc.environment`.
 *
 * @throws SophiaError `configuration` where nothing names an environment
 */
export function chooseSource(input: string, esc: Sections['esc'] | undefined): EscSource {
  if (input !== '') return { kind: 'cloud', reference: parseEscReference(input) };
  if (esc?.file !== undefined) return { kind: 'file', file: esc.file };
  if (esc?.environment !== undefined) return { kind: 'cloud', reference: parseEscReference(esc.environment) };
  throw new SophiaError('configuration', {
    message: 'no ESC environment is named',
    hint: 'set the input `esc-environment` to organisation/project/name, or `esc.environment` in the configuration',
  });
}

/** Opens it: signs in and asks Pulumi Cloud, or evaluates the file. @throws SophiaError as these do */
export async function openSource(
  source: EscSource,
  inputs: SourceInputs,
  session: Session,
): Promise<OpenedSource> {
  if (source.kind === 'file') {
    const { file } = source;
    const opened = await evaluateLocalDefinition(session, file, inputs.allowFile);
    const own = new Set([basename(file).replace(/\.ya?ml$/, '')]);
    return { ...opened, status: 'file', name: file, ownNames: own };
  }
  const { host } = session;
  const { reference } = source;
  const client = cloudClient(
    chooseCloudUrl(inputs.cloudUrl, host.variables['PULUMI_BACKEND_URL']),
    startBudget(host.clock, host.signal),
  );
  const token = await signIn(chooseSignIn(inputs, host), client, host);
  const opened = await openEnvironment(client, reference, token);
  return {
    ...opened,
    status: 'connected',
    name: renderEscReference(reference),
    ownNames: ownNames(reference),
  };
}
