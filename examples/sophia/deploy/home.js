import { homedir } from 'node:os';
import { join } from 'node:path';

const environment = process.env.SOPHIA_ENVIRONMENT ?? 'production';
const state = process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state');

/** The folder that stands for the production machine's disk; never inside the checkout, which jobs throw away. */
export const home = process.env.SOPHIA_DEMO_HOME || join(state, 'sophia-example', environment);

/** Where the host's backend answers. */
export const backendUrl = process.env.BACKEND_URL || 'http://127.0.0.1:8788';

/** What lies in the host's folder. */
export const places = {
  releases: join(home, 'releases'),
  shared: join(home, 'shared'),
  backups: join(home, 'backups'),
  database: join(home, 'shared', 'notes.db'),
  /** The host's own word that it lives, and what it runs. */
  hostStatus: join(home, 'host.json'),
};

const RELEASE_ID = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * A release's folder.
 * @throws on an id that is none, so that no id ever leads out of the host's folder
 */
export function releaseFolder(id) {
  if (!RELEASE_ID.test(id ?? '') || /^\.+$/.test(id)) throw new Error(`\`${id}\` is no release id`);
  return join(places.releases, id);
}
