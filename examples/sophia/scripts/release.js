// Phase 2: the release's folder on the host, and a snapshot of the database to fall back on by hand.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../backend/database.js';
import { places, releaseFolder } from '../deploy/home.js';
import { pointedRelease, POINTERS } from '../deploy/pointers.js';
import { failingPhase, needVariable, runStep, setOutput } from '../deploy/step.js';

/** Releases that stay on the host: enough to go back several times. */
const KEEP = 5;

const inUse = () => POINTERS.map(pointedRelease);

/** Folder entries, newest first. */
const newestFirst = (folder) =>
  readdirSync(folder)
    .map((name) => ({ name, changedAt: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.changedAt - a.changedAt)
    .map(({ name }) => name);

await runStep({
  note() {
    setOutput('id', needVariable('SOPHIA_DEPLOYMENT_ID'));
  },
  create() {
    const id = needVariable('SOPHIA_DEPLOYMENT_ID');
    if (inUse().includes(id)) throw new Error(`release ${id} is deployed already`);
    // A demonstrated failure: the folder would lie under what is a file.
    const parent = failingPhase === 'infrastructure' ? places.hostStatus : releaseFolder(id);
    mkdirSync(join(parent, 'backend'), { recursive: true });
    mkdirSync(places.shared, { recursive: true });
    process.stdout.write(`made ${releaseFolder(id)}\n`);
  },
  remove() {
    const id = needVariable('SOPHIA_OUTPUT_INFRASTRUCTURE_RELEASE_ID');
    if (inUse().includes(id)) throw new Error(`release ${id} is still in use: it stays`);
    rmSync(releaseFolder(id), { recursive: true, force: true });
    process.stdout.write(`removed ${releaseFolder(id)}\n`);
  },
  snapshot() {
    if (!existsSync(places.database)) return process.stdout.write('there is no database yet\n');
    mkdirSync(places.backups, { recursive: true });
    const file = join(places.backups, `${needVariable('SOPHIA_DEPLOYMENT_ID')}.db`);
    rmSync(file, { force: true });
    const database = openDatabase(places.database);
    database.prepare('VACUUM INTO ?').run(file);
    database.close();
    process.stdout.write(`saved ${file}\n`);
  },
  prune() {
    const unused = newestFirst(places.releases).filter((id) => !inUse().includes(id));
    const files = existsSync(places.backups) ? newestFirst(places.backups) : [];
    for (const id of unused.slice(KEEP)) rmSync(releaseFolder(id), { recursive: true });
    for (const file of files.slice(KEEP)) rmSync(join(places.backups, file));
    process.stdout.write(`${Math.min(unused.length, KEEP)} earlier releases stay on the host\n`);
  },
});
