import { operation, type GitHubOperation } from './github-operation.ts';
import { isTooLong, notFound, ordered, page, timestamp, tooLong } from './github-reply.ts';
import { resource } from './github-sample.ts';
import { account, addIssue, type GitHubState, type Issue } from './github-state.ts';
import { field, isObject, textField } from './json-field.ts';
import { json, type Call, type Reply } from './reply.ts';

/** Issues; each pull request is one too. */
export function issueOperations(state: GitHubState): readonly GitHubOperation[] {
  return [
    operation('GET', '/issues', (call) =>
      page(
        call,
        listIssues(state, call).map((one) => renderIssue(state, one)),
      ),
    ),
    operation('POST', '/issues', (call) => createIssue(state, call)),
    operation('GET', '/issues/{issue_number}', (call) => {
      const issue = issueOf(state, call);
      return issue === undefined ? notFound() : json(200, renderIssue(state, issue));
    }),
    operation('PATCH', '/issues/{issue_number}', (call) => updateIssue(state, call)),
  ];
}

function createIssue(state: GitHubState, call: Call): Reply {
  const body = textField(call.json, 'body') ?? null;
  if (isTooLong(body)) return tooLong('Issue');
  const title = String(field(call.json, 'title'));
  const issue = addIssue(state, { title, body, login: state.author, labels: labelsOf(call.json) ?? [] });
  return json(201, renderIssue(state, issue));
}

function updateIssue(state: GitHubState, call: Call): Reply {
  const issue = issueOf(state, call);
  if (issue === undefined) return notFound();
  const body = textField(call.json, 'body');
  if (isTooLong(body)) return tooLong('Issue');
  issue.title = textField(call.json, 'title') ?? issue.title;
  issue.body = body ?? issue.body;
  const asked = textField(call.json, 'state');
  if (asked === 'open' || asked === 'closed') issue.state = asked;
  issue.stateReason = textField(call.json, 'state_reason') ?? (issue.state === 'closed' ? 'completed' : null);
  issue.labels = labelsOf(call.json) ?? issue.labels;
  issue.updatedAt = timestamp();
  return json(200, renderIssue(state, issue));
}

function listIssues(state: GitHubState, call: Call): readonly Issue[] {
  const wanted = call.query.get('state') ?? 'open';
  const creator = call.query.get('creator');
  const labels = (call.query.get('labels') ?? '').split(',').filter((label) => label !== '');
  return ordered(call, state.issues.values(), ({ number }) => number)
    .filter((issue) => wanted === 'all' || issue.state === wanted)
    .filter((issue) => creator === null || issue.login === creator)
    .filter((issue) => labels.every((label) => issue.labels.includes(label)));
}

/** The issue that a path names. */
export function issueOf(state: GitHubState, { params }: Call): Issue | undefined {
  return state.issues.get(Number(params['issue_number']));
}

function labelsOf(body: unknown): readonly string[] | undefined {
  const labels = field(body, 'labels');
  if (!Array.isArray(labels)) return undefined;
  return labels.map((label: unknown) => String(isObject(label) ? label['name'] : label));
}

function renderIssue({ repository, pulls, comments }: GitHubState, issue: Issue): unknown {
  const isPull = pulls.some(({ number }) => number === issue.number);
  const address = `https://api.github.com/repos/${repository}`;
  const html = `https://github.com/${repository}/pull/${issue.number}`;
  const pull = {
    url: `${address}/pulls/${issue.number}`,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
  };
  return resource('issue', {
    id: issue.id,
    node_id: `I_standin${issue.id}`,
    number: issue.number,
    url: `${address}/issues/${issue.number}`,
    html_url: `https://github.com/${repository}/${isPull ? 'pull' : 'issues'}/${issue.number}`,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    state_reason: issue.stateReason,
    labels: issue.labels.map((name) => ({ name })),
    user: account(issue.login),
    comments: comments.filter((comment) => comment.issue === issue.number).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.state === 'closed' ? issue.updatedAt : null,
    author_association: 'NONE',
    ...(isPull ? { pull_request: pull } : {}),
  });
}
