import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect } from '@jest/globals';
import type { Report } from '@sophia/core/report/envelope';
import { escProperties } from '@sophia/standins/esc-values';
import { startPulumi } from '@sophia/standins/pulumi';
import type { PulumiOptions } from '@sophia/standins/pulumi';

import { runBundle } from './run-bundle.ts';
import type { BundleRequest, BundleRun } from './run-bundle.ts';

export const TOKEN = 'pul-0123456789abcdef-fake';
export const REFERENCE = 'acme/default/app';

export type Pulumi = Awaited<ReturnType<typeof startPulumi>>;

/** Pulumi Cloud with one environment, `acme/default/app`, of these values. */
export function startCloud(
  values: Readonly<Record<string, unknown>>,
  options: Partial<PulumiOptions> = {},
): Promise<Pulumi> {
  const environments = { [REFERENCE]: { properties: escProperties(values, 'default/app') } };
  return startPulumi({ token: TOKEN, environments, ...options });
}

/** A run of the bundle, and its report. */
export interface SetupRun extends BundleRun {
  readonly report: Report & { readonly details: { readonly error?: { code: string; hint: string } } };
  /** Everything that the step printed and that the runner would show. */
  readonly shown: string;
}

/** Files of the workspace: path to text. */
export type Files = Readonly<Record<string, string>>;

/** What a run needs beside the cloud. */
export interface SetupRequest extends Partial<Omit<BundleRequest, 'action'>> {
  readonly cloud?: { readonly url: string };
  readonly files?: Files;
}

/** Runs esc-setup as the runner does, signed in with the right token unless told otherwise. */
export async function setUp({ cloud, files = {}, ...request }: SetupRequest): Promise<SetupRun> {
  const directory = request.directory ?? (await mkdtemp(join(tmpdir(), 'sophia-esc-')));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  const run = await runBundle({
    action: 'esc-setup',
    directory,
    ...request,
    inputs: {
      'esc-environment': REFERENCE,
      'access-token': TOKEN,
      ...(cloud === undefined ? {} : { 'cloud-url': cloud.url }),
      ...request.inputs,
    },
  });
  const report = JSON.parse(
    await readFile(join(directory, 'esc_setup_report.json'), 'utf8'),
  ) as SetupRun['report'];
  return { ...run, report, shown: shownOf(run) };
}

/** The runner takes mask commands out of the log. */
const shownOf = ({ stdout, stderr }: Pick<BundleRun, 'stdout' | 'stderr'>): string =>
  [...stdout.split('\n').filter((line) => !line.startsWith('::add-mask::')), stderr].join('\n');

/** What the step's masks hide. */
export const masksOf = ({ stdout }: Pick<BundleRun, 'stdout'>): readonly string[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('::add-mask::'))
    .map((line) => unescapeData(line.slice('::add-mask::'.length)));

const unescapeData = (text: string) =>
  text.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');

/** Expects a run that refused with this code, words and hint, and handed out nothing. */
export function expectRefusal(run: SetupRun, code: string, words: RegExp, hint: RegExp): void {
  expect([run.exitCode, run.exported, run.outputs['exported'], run.outputs['esc-status']]).toEqual([
    1,
    {},
    '[]',
    'failed',
  ]);
  expect(run.report.status).toBe('failure');
  expect(run.report.details.error).toMatchObject({ code });
  expect(run.report.details.error?.hint).toMatch(hint);
  expect(run.shown).toMatch(words);
  expect(run.shown).toMatch(hint);
  expect(run.shown).not.toMatch(/this is a bug|at .*index\.js/);
  expect(run.shown + run.summary + JSON.stringify(run.report)).not.toContain(TOKEN);
}
