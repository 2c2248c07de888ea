import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateTexts } from '../expressions/evaluate.ts';
import type { JobServices } from '../run-options.ts';
import type { Run } from '../run.ts';
import { Masks } from '../steps/masks.ts';
import { jobGithubContext } from './github-context.ts';
import type { JobCall } from './job-call.ts';
import { scopeBeforeSteps } from './job-call.ts';
import { environmentName } from './job-environment.ts';
import { JobLog } from './job-log.ts';
import type { JobDirectories, JobState } from './job-state.ts';
import { runnerContext } from './runner-context.ts';

function makeDirectories(run: Run, key: string): JobDirectories {
  const root = join(run.workDirectory, key);
  const name = run.context.repository.split('/')[1] ?? 'workspace';
  const directories = {
    root,
    workspace: join(root, name, name),
    temp: join(root, '_temp'),
    toolCache: join(run.workDirectory, '_tool'),
  };
  for (const path of Object.values(directories)) mkdirSync(path, { recursive: true });
  mkdirSync(join(directories.temp, '_github_workflow'));
  writeFileSync(
    join(directories.temp, '_github_workflow', 'event.json'),
    JSON.stringify(run.payload, null, 2),
  );
  return directories;
}

async function openJob(call: JobCall, backendId: string): Promise<JobServices> {
  const { run, model, permissions } = call;
  const services = await run.openJob({
    id: model.id,
    backendId,
    permissions,
    environment: environmentName(model, scopeBeforeSteps(call)),
  });
  const mayHaveIdToken = permissions['id-token'] === 'write';
  return { ...services, idTokenEnv: mayHaveIdToken ? services.idTokenEnv : {} };
}

function createMasks(call: JobCall, services: JobServices): Masks {
  const masks = new Masks();
  const tokens = [
    services.token,
    services.actionEnv['ACTIONS_RUNTIME_TOKEN'],
    services.idTokenEnv['ACTIONS_ID_TOKEN_REQUEST_TOKEN'],
  ];
  for (const secret of [...call.run.allSecrets, ...Object.values(call.secrets), ...tokens]) {
    if (secret !== undefined && secret !== '') masks.add(secret);
  }
  return masks;
}

/**
 * Opens a job: its tokens, its empty workspace, its log, and everything that its steps will share.
 *
 * @throws whatever the services throw, or an expression in `env` or `environment`
 */
export async function createJobState(call: JobCall): Promise<JobState> {
  const { run, model, key } = call;
  const backendId = randomUUID();
  const services = await openJob(call, backendId);
  const masks = createMasks(call, services);
  const directories = makeDirectories(run, key);
  const logPath = join(run.outDirectory, 'logs', `${key}.txt`);
  const debug = [call.secrets['ACTIONS_STEP_DEBUG'], run.vars['ACTIONS_STEP_DEBUG']].includes('true');
  const { workspace, temp } = directories;
  const secrets = { ...call.secrets, GITHUB_TOKEN: services.token };
  const github = jobGithubContext(run, { id: model.id, workspace, temp, services });
  const contexts = { ...scopeBeforeSteps({ ...call, secrets }).contexts, github };
  const env = evaluateTexts(call.workflow.env, { contexts });
  Object.assign(env, evaluateTexts(model.env, { contexts: { ...contexts, env } }));
  return {
    run,
    model,
    workflow: call.workflow,
    key,
    backendId,
    trackingId: `github_${randomUUID()}`,
    permissions: call.permissions,
    services,
    directories,
    masks,
    log: new JobLog(logPath, masks, (text) => run.onEvent({ type: 'line', job: key, text })),
    cancel: call.cancel,
    debug,
    fixed: {
      github,
      secrets,
      inputs: call.inputs,
      needs: call.needs,
      matrix: call.matrix,
      strategy: call.strategy,
      runner: runnerContext(directories, debug),
    },
    status: call.cancel.reason ? 'cancelled' : 'success',
    env,
    paths: [],
    results: [],
    annotations: [],
    summaries: [],
    posts: [],
    actionNames: new Map(),
  };
}
