// Phase 3: build the backend, then let the host run it.
import { join } from 'node:path';
import { buildBackend } from '../deploy/build.js';
import { places, releaseFolder } from '../deploy/home.js';
import { waitHealthy } from '../deploy/health.js';
import { pointAt, pointedRelease } from '../deploy/pointers.js';
import { writeReleaseFile } from '../deploy/release-file.js';
import { failingPhase, needVariable, runStep, setOutput } from '../deploy/step.js';

/** A backend starts in a fraction of this, in ms. */
const START_WITHIN_MS = 10_000;

// A demonstrated failure is a real one: a wrong setting, which only the running release finds out.
const database =
  failingPhase === 'backend' ? join(places.shared, 'wrong-folder', 'notes.db') : places.database;

await runStep({
  async build() {
    const id = needVariable('SOPHIA_DEPLOYMENT_ID');
    await buildBackend(releaseFolder(id));
    writeReleaseFile({ id, database, token: process.env.BACKEND_API_TOKEN });
    process.stdout.write(`built ${releaseFolder(id)}/backend\n`);
  },
  note() {
    setOutput('previous', pointedRelease('backend'));
  },
  switch() {
    pointAt('backend', needVariable('SOPHIA_DEPLOYMENT_ID'));
  },
  async restore() {
    const previous = needVariable('SOPHIA_OUTPUT_BACKEND_SWITCH_PREVIOUS');
    pointAt('backend', previous);
    if (previous === '') return process.stdout.write('there was no release before: the host runs none\n');
    const { notes } = await waitHealthy(previous, START_WITHIN_MS);
    process.stdout.write(`${previous} answers again, with ${notes} notes\n`);
  },
  async healthy() {
    const { release, schema, notes } = await waitHealthy(
      needVariable('SOPHIA_DEPLOYMENT_ID'),
      START_WITHIN_MS,
    );
    process.stdout.write(`${release} answers: schema ${schema}, ${notes} notes\n`);
  },
});
