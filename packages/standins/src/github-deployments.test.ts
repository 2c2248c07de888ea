import { describe, expect, test } from '@jest/globals';
import { AT, HEAD_SHA, refusal, start } from './github-client.fixture.ts';

describe('checks and deployments', () => {
  const annotation = (line: number) => ({
    path: 'a.ts',
    start_line: line,
    end_line: line,
    annotation_level: 'failure' as const,
    message: 'wrong',
  });

  test('a check run collects annotations over several requests', async () => {
    const { rest } = await start();
    const output = { title: 'Gate', summary: 'two failures' };
    const first = Array.from({ length: 50 }, (_, index) => annotation(index + 1));
    const { data } = await rest.checks.create({
      ...AT,
      name: 'sophia',
      head_sha: HEAD_SHA,
      output: { ...output, annotations: first },
    });
    expect(data).toMatchObject({ status: 'queued', conclusion: null, output: { annotations_count: 50 } });
    const done = await rest.checks.update({
      ...AT,
      check_run_id: data.id,
      status: 'completed',
      conclusion: 'failure',
      output: { ...output, annotations: [annotation(51)] },
    });
    expect(done.data).toMatchObject({
      status: 'completed',
      conclusion: 'failure',
      output: { annotations_count: 51 },
    });
    const listed = await rest.checks.listAnnotations({ ...AT, check_run_id: data.id, per_page: 100 });
    expect(listed.data.at(-1)).toMatchObject({ path: 'a.ts', start_line: 51 });
    expect((await rest.checks.get({ ...AT, check_run_id: data.id })).data.name).toBe('sophia');
  });

  test('51 annotations, a summary that is too long and an unknown field are 422', async () => {
    const { rest } = await start();
    const create = (more: object) => rest.checks.create({ ...AT, name: 'x', head_sha: HEAD_SHA, ...more });
    const annotations = Array.from({ length: 51 }, (_, index) => annotation(index + 1));
    expect(await refusal(create({ output: { title: 't', summary: 's', annotations } }))).toContain('422');
    expect(await refusal(create({ output: { title: 't', summary: 'x'.repeat(65_536) } }))).toContain('422');
    expect(await refusal(create({ conclusoin: 'success' }))).toContain('"conclusoin" is not a permitted key');
  });

  test('a successful deployment makes the one before inactive', async () => {
    const { rest } = await start();
    const deploy = async () => {
      const { data } = await rest.repos.createDeployment({
        ...AT,
        ref: 'main',
        environment: 'production',
        auto_merge: false,
        required_contexts: [],
      });
      if (!('id' in data)) throw new Error('no deployment');
      const status = { ...AT, deployment_id: data.id, log_url: 'https://example.com/log' };
      await rest.repos.createDeploymentStatus({ ...status, state: 'in_progress' });
      await rest.repos.createDeploymentStatus({ ...status, state: 'success', description: 'head abc' });
      return data.id;
    };
    const [first, second] = [await deploy(), await deploy()];
    const states = async (deployment_id: number) =>
      (await rest.repos.listDeploymentStatuses({ ...AT, deployment_id })).data.map(({ state }) => state);
    expect(await states(first)).toEqual(['inactive', 'success', 'in_progress']);
    expect(await states(second)).toEqual(['success', 'in_progress']);
    const listed = await rest.repos.listDeployments({ ...AT, environment: 'production' });
    expect(listed.data.map(({ id }) => id)).toEqual([second, first]);
    expect((await rest.repos.getDeployment({ ...AT, deployment_id: first })).data.ref).toBe('main');
    expect(await refusal(rest.repos.createDeployment({ ...AT, ref: 'nowhere' }))).toContain(
      '422 No ref found',
    );
  });
});
