import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { SophiaError } from '@sophia/core/errors';
import { baseEnvironment } from '@sophia/local-runner/base-environment';
import type { CheckoutSource } from '@sophia/local-runner/checkout-source';
import type { RunContext, RunOptions } from '@sophia/local-runner/run-options';

import { escValues } from './esc-environments.ts';
import type { DemoOptions } from './options.ts';
import { startProductionHost } from './production-host.ts';
import type { ProductionHost } from './production-host.ts';
import { startServices } from './services.ts';
import type { Services } from './services.ts';

export const REPOSITORY = 'ai-cherry/sophia';
export const RUN_ID = 1_700_000_001;
const PULL_REQUEST = 7;

interface WorldRequest {
  readonly options: DemoOptions;
  /** `examples/sophia` with its packages: the host and the first release run from it. */
  readonly example: string;
  /** The repository of one commit that the workflow runs on. */
  readonly source: CheckoutSource;
  readonly outDirectory: string;
}

/** What the example's workflow runs in: stand-ins for everything outside, and the machine that it deploys to. */
export interface World {
  /** The environment that the workflow will decide on. */
  readonly environmentName: string;
  readonly services: Services;
  readonly host: ProductionHost;
  /** What every step inherits. */
  readonly variables: Readonly<Record<string, string>>;
  readonly payload: NonNullable<RunOptions['payload']>;
  readonly context: RunContext;
  readonly isPullRequest: boolean;
  readonly close: () => Promise<void>;
}

/** The example's packages, for the host and the first release; the jobs install their own. */
export function installExample(example: string): void {
  const args = [
    '--yes',
    'pnpm@12.21.0',
    'install',
    '--frozen-lockfile',
    '--prefer-offline',
    '--ignore-scripts',
  ];
  const { status, error, stdout, stderr } = spawnSync('npx', args, { cwd: example, encoding: 'utf8' });
  if (status === 0) return;
  throw new SophiaError('environment', {
    message: `the example's packages could not be installed\n${`${stdout}${stderr}`.trim().split('\n').slice(-8).join('\n')}`,
    hint: 'check the network or the proxy, then run `npm start` again',
    cause: error,
  });
}

/** The environment that the workflow will decide on; the stand-ins take only its keys. */
function environmentOf({ event, inputs }: DemoOptions): string {
  if (event === 'push') return 'production';
  return inputs['environment'] ?? 'staging';
}

function payloadOf(options: DemoOptions, sha: string) {
  const repository = { full_name: REPOSITORY, default_branch: 'main', fork: false };
  if (options.event !== 'pull_request') return { repository };
  const head = { sha, ref: 'feature', repo: { full_name: REPOSITORY, fork: false } };
  const base = { ref: 'main', repo: { full_name: REPOSITORY } };
  return {
    repository,
    number: PULL_REQUEST,
    pull_request: { number: PULL_REQUEST, title: 'Search by topic', head, base },
  };
}

function contextOf(options: DemoOptions, sha: string): RunContext {
  const common = { repository: REPOSITORY, actor: 'octocat', runId: RUN_ID, runNumber: 1, attempt: 1, sha };
  if (options.event !== 'pull_request') return { ...common, ref: 'refs/heads/main' };
  return { ...common, ref: `refs/pull/${PULL_REQUEST}/merge`, headRef: 'feature', baseRef: 'main' };
}

/** Starts the stand-ins and the production host; whoever opens a world closes it. */
export async function openWorld({ options, example, source, outDirectory }: WorldRequest): Promise<World> {
  const { sha } = source;
  const environmentName = environmentOf(options);
  const isPullRequest = options.event === 'pull_request';
  const esc = join(example, 'esc');
  const services = await startServices(
    {
      ...{ repository: REPOSITORY, sha, runId: RUN_ID, event: options.event, environment: environmentName },
      pullRequest: isPullRequest ? PULL_REQUEST : undefined,
    },
    esc,
    outDirectory,
  );
  try {
    const values = escValues(esc, environmentName);
    const host = await startProductionHost({
      exampleDirectory: example,
      home: join(outDirectory, 'host'),
      environment: environmentName,
      apiToken: String((values['backend'] as Record<string, unknown>)['api_token']),
      logFile: join(outDirectory, 'host.log'),
    });
    return {
      ...{ environmentName, services, host, isPullRequest },
      variables: { ...baseEnvironment(process.env), ...services.environment, ...host.environment },
      payload: payloadOf(options, sha),
      context: contextOf(options, sha),
      close: async () => {
        await host.stop();
        await services.close();
      },
    };
  } catch (error) {
    await services.close();
    throw error;
  }
}
