import { operation, type GitHubOperation } from './github-operation.ts';
import { notFound, page, timestamp, validationFailed } from './github-reply.ts';
import { resource } from './github-sample.ts';
import type { GitHubState } from './github-state.ts';
import { field, isObject, textField } from './json-field.ts';
import { json, type Call, type Reply } from './reply.ts';

type CheckRun = {
  readonly id: number;
  readonly headSha: string;
  readonly startedAt: string;
  readonly annotations: Record<string, unknown>[];
  name: string;
  fields: Record<string, unknown>;
};

/** Check runs; annotations of later updates are added to the earlier ones, 50 a request (GitHub's limit). */
export function checkOperations(state: GitHubState): readonly GitHubOperation[] {
  const checks = new Map<number, CheckRun>();
  const of = ({ params }: Call): CheckRun | undefined => checks.get(Number(params['check_run_id']));
  return [
    operation('POST', '/check-runs', (call) => {
      const headSha = textField(call.json, 'head_sha') ?? '';
      if (!/^[0-9a-f]{40}$/.test(headSha)) {
        return validationFailed('CheckRun', 'head_sha', `No commit found for SHA: ${headSha}`);
      }
      const startedAt = textField(call.json, 'started_at') ?? timestamp();
      const check: CheckRun = {
        id: state.nextId(),
        headSha,
        startedAt,
        annotations: [],
        name: '',
        fields: {},
      };
      checks.set(check.id, check);
      return json(201, render(state, change(check, call)));
    }),
    operation('GET', '/check-runs/{check_run_id}', (call) => answer(state, of(call))),
    operation('PATCH', '/check-runs/{check_run_id}', (call) => {
      const check = of(call);
      return answer(state, check === undefined ? undefined : change(check, call));
    }),
    operation('GET', '/check-runs/{check_run_id}/annotations', (call) => {
      const check = of(call);
      return check === undefined ? notFound() : page(call, check.annotations);
    }),
  ];
}

function answer(state: GitHubState, check: CheckRun | undefined): Reply {
  return check === undefined ? notFound() : json(200, render(state, check));
}

function change(check: CheckRun, { json: body }: Call): CheckRun {
  const fields = isObject(body) ? body : {};
  const annotations = field(field(body, 'output'), 'annotations');
  if (Array.isArray(annotations)) {
    check.annotations.push(...annotations.filter(isObject).map((one) => resource('check-annotation', one)));
  }
  check.name = textField(body, 'name') ?? check.name;
  check.fields = { ...check.fields, ...fields };
  return check;
}

function render(
  { repository }: GitHubState,
  { id, headSha, name, startedAt, annotations, fields }: CheckRun,
): unknown {
  const address = `https://api.github.com/repos/${repository}/check-runs/${id}`;
  const { conclusion = null } = fields;
  const completed = conclusion !== null || fields['status'] === 'completed';
  const output = fields['output'];
  return resource('check-run', {
    id,
    name,
    head_sha: headSha,
    external_id: fields['external_id'] ?? '',
    url: address,
    html_url: `https://github.com/${repository}/runs/${id}`,
    details_url: fields['details_url'] ?? null,
    status: completed ? 'completed' : (fields['status'] ?? 'queued'),
    conclusion,
    started_at: startedAt,
    completed_at: completed ? (fields['completed_at'] ?? timestamp()) : null,
    output: {
      title: textField(output, 'title') ?? null,
      summary: textField(output, 'summary') ?? null,
      text: textField(output, 'text') ?? null,
      annotations_count: annotations.length,
      annotations_url: `${address}/annotations`,
    },
  });
}
