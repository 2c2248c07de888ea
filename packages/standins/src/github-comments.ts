import { issueOf } from './github-issues.ts';
import { operation, type GitHubOperation } from './github-operation.ts';
import { isTooLong, notFound, page, timestamp, tooLong } from './github-reply.ts';
import { resource } from './github-sample.ts';
import { account, addComment, type Comment, type GitHubState } from './github-state.ts';
import { textField } from './json-field.ts';
import { empty, json, type Call } from './reply.ts';

/** Comments of issues and pull requests. */
export function commentOperations(state: GitHubState): readonly GitHubOperation[] {
  return [
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
      if (isTooLong(body)) return tooLong('IssueComment');
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
      if (isTooLong(body)) return tooLong('IssueComment');
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

function commentOf(state: GitHubState, { params }: Call): Comment | undefined {
  return state.comments.find(({ id }) => id === Number(params['comment_id']));
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
