// A program that speaks as much of the Vercel CLI as the engine uses, for quick tests; the real one is tested against a
// stand-in of Vercel's API (deploy-phase-vercel.long.test.ts).
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

import { argv, die, flag, openWorld, saveWorld } from './fake-world.ts';

export interface VercelWorld {
  /** Id of the deployment that the production domain points at; empty: none. */
  production: string;
  /** Id to readyState. */
  deployments: Record<string, string>;
  /** What deployments become, and whether a promotion does what it says. */
  becomes: string;
  promotes: boolean;
  /** Percentages of the project's rolling releases, which somebody must approve one by one; absent: there are none. */
  stages?: readonly number[];
  /** The newest rolling release. */
  release?: { state: 'ACTIVE' | 'COMPLETE' | 'ABORTED'; canary: string; index: number };
  /** What users got, one after the other: percent and deployment. */
  traffic?: string[];
}

const DOMAIN = 'shop.example';
const world = openWorld<VercelWorld>();
if (process.env['VERCEL_TOKEN'] !== 'fake-vercel-token')
  die('Error: No existing credentials found. Please run `vercel login` or pass "--token"');
if (process.env['VERCEL_PROJECT_ID'] !== 'prj_shop' || process.env['VERCEL_ORG_ID'] !== 'team_acme')
  die('Error: Project not found');

const host = (id: string) => `shop-${id.slice(4)}.vercel.app`;
const [verb, subject = ''] = argv;
if (verb === 'pull') mkdirSync('.vercel', { recursive: true });
else if (verb === 'build') build();
else if (verb === 'deploy') deploy();
else if (verb === 'api') api(new URL(subject, 'http://api.example').pathname);
else if (verb === 'promote') promote();
else if (verb === 'rolling-release') roll(flag('dpl') ?? '');
else die(`Error: unknown command ${verb}`);

function build(): void {
  mkdirSync('.vercel/output', { recursive: true });
  writeFileSync('.vercel/output/config.json', '{"version":3}');
}

function deploy(): void {
  if (!existsSync('.vercel/output/config.json'))
    die('Error: The "--prebuilt" option was used, but no prebuilt output found in ".vercel/output".');
  const id = `dpl_${Object.keys(world.deployments).length + 1}`;
  world.deployments[id] = world.becomes;
  saveWorld(world);
  process.stdout.write(`https://${host(id)}`);
}

function api(path: string): void {
  if (path === '/v9/projects/prj_shop') {
    const production = world.production === '' ? null : { id: world.production, alias: [DOMAIN] };
    const rollingRelease = world.stages && { target: 'production', stages: stages() };
    return print({ id: 'prj_shop', targets: production === null ? {} : { production }, rollingRelease });
  }
  if (path === '/v1/projects/prj_shop/rolling-release') return print({ rollingRelease: release() });
  const name = path.replace('/v13/deployments/', '');
  const id = Object.keys(world.deployments).find((one) => one === name || host(one) === name);
  const found = name === DOMAIN ? world.production : id;
  if (found === undefined) die('Error: The deployment could not be found. (404)');
  print({ id: found, url: host(found), readyState: world.deployments[found] });
}

function stages() {
  const approved = (world.stages ?? []).map((targetPercentage) => ({
    targetPercentage,
    requireApproval: true,
  }));
  return [...approved, { targetPercentage: 100, requireApproval: false }];
}

function release() {
  if (world.release === undefined) return null;
  const { state, canary, index } = world.release;
  const stage = { index, targetPercentage: world.stages?.[index] ?? 100 };
  return { state, canaryDeployment: { id: canary }, activeStage: state === 'ACTIVE' ? stage : null };
}

function promote(): void {
  if (world.deployments[subject] === undefined) die(`Error: Can't find the deployment "${subject}"`);
  if (!world.promotes) return;
  give(100, subject);
}

function give(percent: number, deployment: string): void {
  if (percent === 100) world.production = deployment;
  world.traffic = [...(world.traffic ?? []), `${percent} ${deployment}`];
  saveWorld(world);
}

function roll(deployment: string): void {
  if (world.deployments[deployment] === undefined)
    die(`Error: Can't find the deployment "${deployment}" (404)`);
  const active = world.release?.state === 'ACTIVE' ? world.release : undefined;
  if (subject === 'start') return start(deployment, active?.canary);
  if (active === undefined) die('Error: There is no active rolling release (404)');
  if (subject === 'abort') {
    active.state = 'ABORTED';
    return give(100, deployment);
  }
  if (active.canary !== deployment) die('Error: The deployment is not the canary (400)');
  if (subject === 'complete') {
    active.state = 'COMPLETE';
    return give(100, deployment);
  }
  if (flag('currentStageIndex') !== String(active.index)) die('Error: It is at another stage (400)');
  active.index += 1;
  give(world.stages?.[active.index] ?? 100, deployment);
}

function start(canary: string, active: string | undefined): void {
  if (active === canary) return;
  if (active !== undefined) die('Error: Another rolling release is active (409)');
  if (world.stages === undefined) die('Error: Rolling releases are not enabled (400)');
  world.release = { state: 'ACTIVE', canary, index: 0 };
  give(world.stages[0] ?? 100, canary);
}

function print(value: unknown): void {
  process.stdout.write(JSON.stringify(value));
}
