import { describe, expect, test } from '@jest/globals';

import { isTrustedRun, parseArtifact, workflowFile } from './earlier-artifacts.ts';

const listed = {
  id: 7,
  name: 'sophia-health-gate-production-gate-1',
  size_in_bytes: 900,
  expired: false,
  digest: `sha256:${'a'.repeat(64)}`,
  created_at: '2026-01-01T00:00:00Z',
  workflow_run: { id: 812, repository_id: 1, head_repository_id: 1 },
};

describe('an artifact that GitHub lists', () => {
  test('is used with its run and digest', () => {
    expect(parseArtifact(listed)).toMatchObject({ id: 7, runId: 812, size: 900, digest: listed.digest });
  });

  test.each([
    ['is expired', { expired: true }],
    ['has no digest', { digest: null }],
    ['has no run', { workflow_run: null }],
    ["is of a fork's run", { workflow_run: { id: 812, repository_id: 1, head_repository_id: 2 } }],
    ['has runs of unknown repositories', { workflow_run: { id: 812 } }],
  ])('is passed over where it %s', (_, change) => {
    expect(parseArtifact({ ...listed, ...change })).toBeUndefined();
  });
});

describe('a run', () => {
  const rule = { repository: 'acme/app', workflow: '.github/workflows/deploy.yml' };
  const run = (event: string, path: string, repository = 'acme/app') => ({
    ...{ event, path },
    head_repository: { full_name: repository },
  });

  test.each([
    ['a push of any workflow', run('push', '.github/workflows/other.yml'), true],
    ["a fork's push", run('push', rule.workflow, 'mallory/app'), false],
    ["a fork's pull request", run('pull_request', rule.workflow, 'mallory/app'), false],
    ['a pull request of the asking workflow', run('pull_request', `${rule.workflow}@main`), true],
    ['a pull request of another workflow', run('pull_request', '.github/workflows/other.yml'), false],
    ['nothing known', {}, false],
  ])('%s', (_, found, expected) => {
    expect(isTrustedRun(found, rule)).toBe(expected);
  });

  test('of a workflow that is not known trusts no pull request', () => {
    expect(isTrustedRun(run('pull_request', ''), { ...rule, workflow: '' })).toBe(false);
  });
});

test('the file of a workflow is read from its reference', () => {
  expect(workflowFile('acme/app/.github/workflows/x.yml@refs/heads/main')).toBe('.github/workflows/x.yml');
  expect(workflowFile('')).toBe('');
});
