import { describe, expect, test } from '@jest/globals';

import { parseRelease, releaseProgress, stagesProblem } from './vercel-rolling.ts';

const stage = (targetPercentage: number, more: object = {}) => ({ targetPercentage, ...more });
const ALL = stage(100);

describe('the stages of a project', () => {
  test.each([
    ['approved one by one', { stages: [stage(10, { requireApproval: true }), stage(50), ALL] }, undefined],
    ['not there', undefined, /no rolling releases.*--stage=10 --stage=50/],
    ['empty', { stages: null }, /the stages , and the canary 10, 50/],
    ['others', { stages: [stage(5), ALL] }, /the stages 5, and the canary 10, 50/],
    ['automatic', { advancementType: 'automatic', stages: [stage(10), stage(50), ALL] }, /by themselves/],
    ['timed', { stages: [stage(10, { duration: 5 }), stage(50), ALL] }, /by themselves/],
    [
      'without approval',
      { stages: [stage(10), stage(50, { requireApproval: false }), ALL] },
      /by themselves/,
    ],
    [
      'with an end that needs none',
      { stages: [stage(10), stage(50), { ...ALL, requireApproval: false }] },
      undefined,
    ],
  ])('that are %s', (_what, settings, problem) => {
    const found = stagesProblem(settings, [10, 50]);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });
});

describe('a release on its way to 50 %, its second stage', () => {
  const wanted = { canary: 'dpl_2', index: 1, weight: 50 };
  const active = (index: number, weight: number, canary = 'dpl_2') => ({
    rollingRelease: {
      state: 'ACTIVE',
      canaryDeployment: { id: canary },
      activeStage: { index, targetPercentage: weight },
    },
  });
  const next = (answer: unknown, to = wanted) => releaseProgress(parseRelease(JSON.stringify(answer)), to);

  test.each([
    ['at the stage before', active(0, 10), { next: 'approve', index: 0 }],
    ['there', active(1, 50), { next: 'nothing' }],
    [
      'about to begin',
      { rollingRelease: { ...active(0, 10).rollingRelease, activeStage: null } },
      { next: 'wait' },
    ],
    [
      'there with other traffic',
      active(1, 40),
      { next: 'give-up', message: expect.stringContaining('at 40 %') },
    ],
    ['beyond it', active(2, 75), { next: 'give-up', message: expect.stringContaining('at 75 %') }],
    [
      'of another deployment',
      active(0, 10, 'dpl_9'),
      { next: 'give-up', message: expect.stringContaining('dpl_9') },
    ],
    [
      'aborted by hand',
      { rollingRelease: { state: 'ABORTED', canaryDeployment: { id: 'dpl_2' }, activeStage: null } },
      { next: 'give-up', message: expect.stringContaining('ended by somebody else') },
    ],
  ])('%s', (_where, answer, expected) => {
    expect(next(answer)).toEqual(expected);
  });

  test('is started where the first stage is wanted and none is under way', () => {
    expect(next({ rollingRelease: null }, { ...wanted, index: 0, weight: 10 })).toEqual({ next: 'start' });
  });
});
