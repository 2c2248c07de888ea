import { describe, expect, test } from '@jest/globals';

import { parseConfig } from '../config/parse-config.ts';
import type { Plan } from './plan.ts';
import { planDeployment, planHash, planSchema } from './plan.ts';
import { renderPlan } from './render-plan.ts';

const FILE = `
version: 1
checks: { api: { kind: http, url: "http://127.0.0.1:1/" } }
deployment:
  phases:
    - name: build
      working-directory: backend
      steps:
        - { name: install, run: npm ci, undo: none }
        - { name: migrate, run: [node, migrate.js], before: "echo from=1", undo: "node back.js", outputs: [from], retries: 1, timeout: 90s }
    - name: web
      needs: []
      on-failure: continue
      steps:
        - { name: publish, run: ./publish.sh, secrets: [WEB_TOKEN], working-directory: frontend }
        - { name: look, gate: [api] }
        - { name: fleet, fleet: start }
        - { name: variables, require-env: [HOME] }
`;

function read(text = FILE) {
  const config = parseConfig({
    text,
    file: 'sophia.yml',
    environment: '',
    deploymentId: 'd1',
    nowMs: 0,
    variables: {},
    sections: ['deployment'],
  });
  return { environment: config.environment, deployment: config.sections.deployment };
}

const plan = (phase?: string): Plan => planDeployment({ ...read(), phase });

describe('the plan', () => {
  test('is rendered with its order, bounds, undo and what is irreversible', () => {
    const view = { plan: plan(), planHash: 'abc', deploymentId: 'd1' };
    expect(renderPlan(view)).toMatchInlineSnapshot(`
     "deployment d1 to default
     time: 15m00s in all, 10m00s for the steps, 5m00s kept for a rollback
     journal: file, which survives a failure and a cancel, but not the loss of the runner's disk
     1. phase build (needs nothing)
        - install: npm ci (at most 10m00s)
            undo: nothing to undo
        - migrate: ["node","migrate.js"] (at most 1m30s; 1 retry)
            before: echo from=1
            undo: node back.js
     1. phase web (needs nothing; on failure: continue)
        - publish: ./publish.sh (at most 10m00s; secrets WEB_TOKEN)
            undo: IRREVERSIBLE: there is no undo
        - look: the checks api (at most 10m00s)
            undo: nothing to undo
        - fleet: start the fleet of the mcp section (at most 10m00s)
            undo: stop the fleet
        - variables: these variables must be set: HOME (at most 10m00s)
            undo: nothing to undo
     plan abc"
    `);
  });

  test('survives its own journal', () => {
    expect(planSchema.parse(JSON.parse(JSON.stringify(plan())))).toEqual(plan());
  });

  test('of one phase leaves the others out', () => {
    expect(plan('web').phases.map(({ name }) => name)).toEqual(['web']);
  });

  test('has a hash that follows plan, commit and configuration, and not the deployment id', () => {
    const hash = (parts: Partial<Parameters<typeof planHash>[0]>) =>
      planHash({ plan: plan(), commit: 'a', configuration: { tag: 'd1' }, deploymentId: 'd1', ...parts });
    expect(hash({ configuration: { tag: 'd2' }, deploymentId: 'd2' })).toBe(hash({}));
    const others = [
      hash({ plan: plan('web') }),
      hash({ commit: 'b' }),
      hash({ configuration: { tag: 'x' } }),
    ];
    expect(new Set([hash({}), ...others]).size).toBe(4);
  });
});

describe('the watch after a deployment', () => {
  test('is a last phase that needs all others and rolls back', () => {
    const { phases } = planDeployment({ ...read(`${FILE}  watch: 5m\n`), phase: undefined });
    expect(phases.at(-1)).toMatchObject({
      name: 'watch',
      needs: ['build', 'web'],
      onFailure: 'rollback',
      steps: [{ act: { kind: 'watch', durationMs: 300_000 } }],
    });
  });
});
