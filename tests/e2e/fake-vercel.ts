// A program that speaks as much of the Vercel CLI as the engine uses, for quick tests; the real one is tested against a
// stand-in of Vercel's API (deploy-phase-vercel.long.test.ts).
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

import { argv, die, openWorld, saveWorld } from './fake-world.ts';

export interface VercelWorld {
  /** Id of the deployment that the production domain points at; empty: none. */
  production: string;
  /** Id to readyState. */
  deployments: Record<string, string>;
  /** What deployments become, and whether a promotion does what it says. */
  becomes: string;
  promotes: boolean;
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
    return print({ id: 'prj_shop', targets: production === null ? {} : { production } });
  }
  const name = path.replace('/v13/deployments/', '');
  const id = Object.keys(world.deployments).find((one) => one === name || host(one) === name);
  const found = name === DOMAIN ? world.production : id;
  if (found === undefined) die('Error: The deployment could not be found. (404)');
  print({ id: found, url: host(found), readyState: world.deployments[found] });
}

function promote(): void {
  if (world.deployments[subject] === undefined) die(`Error: Can't find the deployment "${subject}"`);
  if (!world.promotes) return;
  world.production = subject;
  saveWorld(world);
}

function print(value: unknown): void {
  process.stdout.write(JSON.stringify(value));
}
