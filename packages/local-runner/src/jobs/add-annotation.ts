import type { Annotation } from '../run-options.ts';
import type { JobState } from './job-state.ts';

/** Adds an annotation to a job's result, masked, and shows it. */
export function addAnnotation(job: JobState, annotation: Annotation): void {
  const title = annotation.title === undefined ? {} : { title: job.masks.apply(annotation.title) };
  const masked = { ...annotation, message: job.masks.apply(annotation.message), ...title };
  job.annotations.push(masked);
  job.run.onEvent({ type: 'annotation', job: job.key, annotation: masked });
}
