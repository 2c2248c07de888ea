import { operation, type GitHubOperation } from './github-operation.ts';
import { gitHubError, notFound, page, timestamp } from './github-reply.ts';
import { resource } from './github-sample.ts';
import { account, addComment, addIssue, type Comment, type GitHubState, type Issue } from './github-state.ts';
import { field, isObject, textField } from './json-field.ts';
import { empty, json, type Call, type Reply } from './reply.ts';

/** GitHub's limit for bodies of issues and comments, in characters. */
const MAX_BODY = 65_536;

/** Issues and the comments of issues and pull requests. */
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
    operation('GET', '/issues/{issue_number}/comments', (call) => {
      const issue = issueOf(state, call);
      if (issue === undefined) return notFound();
      const found = state.comments.filter((comment) => comment.issue === issue.number);
      return page(
        call,
        found.map((comment) => renderComment(state, comment)),
      );
    }),
    operation('POST', '/issues/{issue_number}/comments', (call) => {
      const issue = issueOf(state, call);
      const body = textField(call.json, 'body') ?? '';
      if (issue === undefined) return notFound();
      if (body.length > MAX_BODY) return tooLong('IssueComment');
      const comment = addComment(state, { issue: issue.number, body, login: state.author });
      return json(201, renderComment(state, comment));
    }),
    operation('GET', '/issues/comments/{comment_id}', (call) => {
      const comment = commentOf(state, call);
      return comment === undefined ? notFound() : json(200, renderComment(state, comment));
    }),
    operation('PATCH', '/issues/comments/{comment_id}', (call) => {
      const comment = commentOf(state, call);
      const body = textField(call.json, 'body') ?? '';
      if (comment === undefined) return notFound();
      if (body.length > MAX_BODY) return tooLong('IssueComment');
      Object.assign(comment, { body, updatedAt: timestamp() });
      return json(200, renderComment(state, comment));
    }),
    operation('DELETE', '/issues/comments/{comment_id}', (call) => {
      const comment = commentOf(state, call);
      if (comment === undefined) return notFound();
      state.comments.splice(state.comments.indexOf(comment), 1);
      return empty(204);
    }),
  ];
}

/** The GraphQL id of a comment, as `minimizeComment` takes it. */
export function commentNodeId({ id }: Comment): string {
  return `IC_standin${id}`;
}

function createIssue(state: GitHubState, call: Call): Reply {
  const body = textField(call.json, 'body') ?? null;
  if ((body?.length ?? 0) > MAX_BODY) return tooLong('Issue');
  const title = String(field(call.json, 'title'));
  const issue = addIssue(state, { title, body, login: state.author, labels: labelsOf(call.json) ?? [] });
  return json(201, renderIssue(state, issue));
}

function updateIssue(state: GitHubState, call: Call): Reply {
  const issue = issueOf(state, call);
  if (issue === undefined) return notFound();
  const body = textField(call.json, 'body');
  if ((body?.length ?? 0) > MAX_BODY) return tooLong('Issue');
  issue.title = textField(call.json, 'title') ?? issue.title;
  issue.body = body ?? issue.body;
  issue.state =
    textField(call.json, 'state') === 'closed'
      ? 'closed'
      : textField(call.json, 'state') === 'open'
        ? 'open'
        : issue.state;
  issue.stateReason = textField(call.json, 'state_reason') ?? (issue.state === 'closed' ? 'completed' : null);
  issue.labels = labelsOf(call.json) ?? issue.labels;
  issue.updatedAt = timestamp();
  return json(200, renderIssue(state, issue));
}

function listIssues(state: GitHubState, { query }: Call): readonly Issue[] {
  const wanted = query.get('state') ?? 'open';
  const creator = query.get('creator');
  const labels = (query.get('labels') ?? '').split(',').filter((label) => label !== '');
  return [...state.issues.values()]
    .filter((issue) => wanted === 'all' || issue.state === wanted)
    .filter((issue) => creator === null || issue.login === creator)
    .filter((issue) => labels.every((label) => issue.labels.includes(label)))
    .toSorted((a, b) => b.number - a.number);
}

function issueOf(state: GitHubState, { params }: Call): Issue | undefined {
  return state.issues.get(Number(params['issue_number']));
}

function commentOf(state: GitHubState, { params }: Call): Comment | undefined {
  return state.comments.find(({ id }) => id === Number(params['comment_id']));
}

function labelsOf(body: unknown): readonly string[] | undefined {
  const labels = field(body, 'labels');
  if (!Array.isArray(labels)) return undefined;
  return labels.map((label: unknown) => String(isObject(label) ? label['name'] : label));
}

function tooLong(resourceName: string): Reply {
  const message = `Body is too long (maximum is ${MAX_BODY} characters)`;
  const errors = [{ resource: resourceName, code: 'custom', field: 'body', message }];
  return gitHubError(422, 'Validation Failed', { errors });
}

function renderComment({ repository }: GitHubState, comment: Comment): unknown {
  const { id, issue, login, body, createdAt, updatedAt } = comment;
  return resource('issue-comment', {
    id,
    node_id: commentNodeId(comment),
    url: `https://api.github.com/repos/${repository}/issues/comments/${id}`,
    html_url: `https://github.com/${repository}/issues/${issue}#issuecomment-${id}`,
    issue_url: `https://api.github.com/repos/${repository}/issues/${issue}`,
    body,
    user: account(login),
    created_at: createdAt,
    updated_at: updatedAt,
    author_association: login.endsWith('[bot]') ? 'NONE' : 'CONTRIBUTOR',
  });
}

function renderIssue({ repository, pulls, comments }: GitHubState, issue: Issue): unknown {
  const isPull = pulls.some(({ number }) => number === issue.number);
  const address = `https://api.github.com/repos/${repository}`;
  const pull = { url: `${address}/pulls/${issue.number}`, html_url: '', diff_url: '', patch_url: '' };
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
