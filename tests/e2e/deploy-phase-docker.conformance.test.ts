import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { describe, expect } from '@jest/globals';
import { startImageRegistry } from '@sophia/standins/image-registry';
import type { ImageRegistry } from '@sophia/standins/image-registry';

import { testWith, toolPath } from './conformance-tool.ts';
import { makeWorkspace } from './deploy-phase-workspace.ts';
import type { Workspace } from './deploy-phase-workspace.ts';

const LAST = { name: 'last', run: '[ "$SOPHIA_DEPLOYMENT_ID" = d1 ]', undo: 'none' };

interface Repository {
  readonly work: Workspace;
  readonly registry: ImageRegistry;
  deploy(deploymentId: string): ReturnType<Workspace['deploy']>;
}

/** Its `docker` is the real buildx, but for builds, which need a BuildKit: those push an image without layers. */
async function withRepository(use: (repository: Repository) => Promise<void>): Promise<void> {
  const registry = await startImageRegistry();
  try {
    const step = {
      name: 'image',
      docker: { image: `127.0.0.1:${registry.port}/acme/web`, tags: ['latest'] },
    };
    const work = await makeWorkspace({ phases: [{ name: 'app', steps: [step, LAST] }] });
    await mkdir(work.path('bin'));
    const push = `exec '${process.execPath}' '${resolve(import.meta.dirname, 'push-image.ts')}' "$@"`;
    const script = `#!/bin/sh\n[ "$2" != build ] || ${push}\nshift\nexec '${toolPath('buildx')}' "$@"\n`;
    await writeFile(work.path('bin', 'docker'), script, { mode: 0o755 });
    const variables = { PATH: `${work.path('bin')}:${process.env['PATH']}`, DOCKER_CONFIG: work.path('bin') };
    const deploy = (deploymentId: string) =>
      work.deploy({ inputs: { 'deployment-id': deploymentId }, variables });
    await use({ work, registry, deploy });
  } finally {
    await registry.close();
  }
}

describe('the engine docker with the real buildx', () => {
  testWith('buildx')('reads digests, also of a tag that is not there, and points a tag back', async () => {
    await withRepository(async ({ registry, deploy }) => {
      expect((await deploy('d1')).outputs['status']).toBe('success');
      const first = registry.tags.get('acme/web:latest');
      expect(first).toMatch(/^sha256:/);
      const run = await deploy('d2');
      expect(run.outputs).toMatchObject({ status: 'rolled-back', 'failed-step': 'app/last' });
      expect(registry.tags.get('acme/web:latest')).toBe(first);
    });
  });

  testWith('buildx')('a registry that fails is told by its category, before anything is built', async () => {
    await withRepository(async ({ work, registry, deploy }) => {
      registry.fail(403);
      await deploy('d1');
      expect((await work.report('d1')).items[0]).toMatchObject({ status: 'failure', category: 'forbidden' });
      expect(registry.tags.size).toBe(0);
    });
  });
});
