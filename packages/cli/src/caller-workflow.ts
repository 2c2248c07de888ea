import exampleCaller from './caller-workflow.json' with { type: 'json' };

const EXAMPLE_ORGANISATION = 'scoobyjava-org';

/** @returns the caller of the master workflow: the example's, for another Pulumi organisation. */
export function callerWorkflow(organisation: string): string {
  return exampleCaller.text.replaceAll(EXAMPLE_ORGANISATION, organisation);
}
