// Phase 4: build the page and publish it.
import { join } from 'node:path';
import { buildFrontend } from '../deploy/build.js';
import { backendUrl, releaseFolder } from '../deploy/home.js';
import { pointAt, pointedRelease } from '../deploy/pointers.js';
import { failingPhase, needVariable, runStep, setOutput } from '../deploy/step.js';

async function fetchText(path) {
  const response = await fetch(new URL(path, backendUrl), { signal: AbortSignal.timeout(5000) });
  if (!response.ok) throw new Error(`${path} answers ${response.status}`);
  return response.text();
}

await runStep({
  async build() {
    const release = needVariable('SOPHIA_DEPLOYMENT_ID');
    const folder = join(releaseFolder(release), 'frontend');
    const entry = failingPhase === 'frontend' ? 'frontend/removed-by-mistake.js' : 'frontend/main.js';
    await buildFrontend({ folder, release, entry });
    process.stdout.write(`built ${folder}\n`);
  },
  note() {
    setOutput('previous', pointedRelease('frontend'));
  },
  publish() {
    pointAt('frontend', needVariable('SOPHIA_DEPLOYMENT_ID'));
  },
  restore() {
    const previous = needVariable('SOPHIA_OUTPUT_FRONTEND_PUBLISH_PREVIOUS');
    pointAt('frontend', previous);
    process.stdout.write(
      previous ? `the page of ${previous} is published again\n` : 'no page is published\n',
    );
  },
  async check() {
    const release = needVariable('SOPHIA_DEPLOYMENT_ID');
    const page = await fetchText('/');
    if (!page.includes(`content="${release}"`))
      throw new Error(`the page at ${backendUrl} is not that of ${release}`);
    const assets = [...page.matchAll(/(?:src|href)="(\/[\w.-]+)"/g)].map(([, path]) => path);
    const sizes = await Promise.all(
      assets.map(async (path) => `${path} ${(await fetchText(path)).length} bytes`),
    );
    if (sizes.length < 2) throw new Error('the page names no script or no style');
    process.stdout.write(`${backendUrl} shows the page of ${release}\n${sizes.join('\n')}\n`);
  },
});
