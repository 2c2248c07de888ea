import { buildPipeline } from '../pipeline/build-pipeline.ts';
import type { PipelineParts } from '../pipeline/build-pipeline.ts';
import type { Pipeline } from '../pipeline/model.ts';
import { greenSample } from './sample.ts';
import type { Sample } from './sample.ts';

/** @returns the pipeline of a sample, as pr-report builds it. */
export function buildSample(sample: Sample, own: Partial<PipelineParts> = {}): Pipeline {
  return buildPipeline({
    listed: [],
    jobs: [],
    acceptAnyRun: false,
    environment: '',
    message: '',
    previous: undefined,
    nowMs: Date.UTC(2026, 5, 12, 9, 35),
    ...sample,
    ...own,
  });
}

/** @returns the pipeline of a sample, compared with a green run before it. */
export function buildCompared(sample: Sample): Pipeline {
  const before = buildSample({ ...greenSample, run: { ...sample.run, runId: 809 } }, { acceptAnyRun: true });
  return buildSample(sample, { previous: before.digest });
}
