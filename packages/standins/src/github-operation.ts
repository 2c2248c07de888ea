import { assertResponse, requestProblem } from './github-schema.ts';
import { gitHubError, notAccessible, notFound, rateLimitHeaders } from './github-reply.ts';
import type { Call, Reply } from './reply.ts';
import { route, type Route } from './routes.ts';

/** An operation by GitHub's own name for it (`POST /repos/{owner}/{repo}/issues`) and what answers it. */
export type GitHubOperation = {
  readonly name: string;
  readonly handle: (call: Call) => Reply | Promise<Reply>;
};

/** Names an operation below `/repos/{owner}/{repo}`; `path` is empty or begins with `/`. */
export function operation(method: string, path: string, handle: GitHubOperation['handle']): GitHubOperation {
  return { name: `${method} /repos/{owner}/{repo}${path}`, handle };
}

/** What all operations of one stand-in share. */
export type GitHubAccess = {
  /** `owner/name`; any other repository is 404. */
  readonly repository: string;
  /** True: the token may only read, as a fork's. */
  readonly readOnly: boolean;
};

/**
 * Makes routes of operations: the request is checked against GitHub's description (422 if it does not
 * fit), the answer too (throws if it does not), and rate limits are counted.
 */
export function gitHubRoutes(operations: readonly GitHubOperation[], access: GitHubAccess): readonly Route[] {
  let used = 0;
  return operations.map(({ name, handle }) => {
    const [method = '', path = ''] = name.split(' ');
    return route(method, path.replace(/\{(ref|path)\}/, '{$1+}'), async (call) => {
      used += 1;
      const reply = await answer({ name, handle }, call, access);
      return { ...reply, headers: { ...rateLimitHeaders(used), ...reply.headers } };
    });
  });
}

/** Filters that GitHub has and no operation here reads: refused, or a list would seem filtered. */
const UNREAD = ['since', 'assignee', 'milestone', 'mentioned', 'type', 'created', 'actor', 'check_suite_id'];

async function answer({ name, handle }: GitHubOperation, call: Call, access: GitHubAccess): Promise<Reply> {
  const { owner, repo } = call.params;
  if (`${owner}/${repo}`.toLowerCase() !== access.repository.toLowerCase()) return notFound();
  if (access.readOnly && call.method !== 'GET') return notAccessible();
  const problem = requestProblem(name, call.query, call.json);
  if (problem !== undefined) return gitHubError(422, `Invalid request.\n\n${problem}`);
  const unread = UNREAD.find((filter) => call.query.has(filter));
  if (unread !== undefined) throw new Error(`${name}: the stand-in does not filter by ${unread}`);
  const reply = await handle(call);
  const type = reply.headers['content-type'];
  // Raw files are text of their own kind; an answer without a type has no body.
  if (reply.status < 400 && (type === undefined || type.startsWith('application/json'))) {
    assertResponse(
      name,
      reply.status,
      type === undefined ? undefined : (JSON.parse(String(reply.body)) as unknown),
    );
  }
  return reply;
}
