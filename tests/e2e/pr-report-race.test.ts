import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterEach, describe, expect, test } from '@jest/globals';

import {
  gateReport,
  PULL_REQUEST,
  reportOnPullRequest,
  requestsOf,
  startRepository,
} from './pr-report-workspace.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

interface Held {
  readonly run: number;
  readonly forward: () => Promise<void>;
}

/** Passes a request on as it came; the answer too. */
async function forward(target: string, request: IncomingMessage, body: string, response: ServerResponse) {
  const { method = 'GET', headers, url = '/' } = request;
  const answer = await fetch(`${target}${url}`, {
    method,
    headers: {
      authorization: String(headers.authorization),
      'content-type': String(headers['content-type'] ?? 'application/json'),
    },
    ...(method === 'GET' ? {} : { body }),
  });
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
  response.end(await answer.text());
}

/**
 * GitHub behind a door: comments that are to be created wait until all the runs are about to create theirs, so that each
 * of them has found none; then they go in, in this order of the runs.
 */
async function doorTo(target: string, order: readonly number[]) {
  const held: Held[] = [];
  const server = createServer((request, response) => {
    const take = async () => {
      const body = await text(request);
      const pass = () => forward(target, request, body, response);
      if (request.method !== 'POST' || request.url?.endsWith('/comments') !== true) return pass();
      held.push({ run: Number(/run=(\d+)/.exec(body)?.[1]), forward: pass });
      if (held.length < order.length) return undefined;
      for (const run of order) await held.find((one) => one.run === run)?.forward();
      return undefined;
    };
    take().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function repository() {
  const github = await startRepository();
  closers.push(() => github.close());
  return github;
}
type Repository = Awaited<ReturnType<typeof repository>>;

function reportOf(github: Repository, run: number, url?: string) {
  const report = gateReport([{ name: `check-of-${run}` }]);
  const files = [{ ...report, text: report.text.replace('"runId":812', `"runId":${run}`) }];
  const variables = { GITHUB_RUN_ID: String(run), ...(url === undefined ? {} : { GITHUB_API_URL: url }) };
  return reportOnPullRequest({ github, files, variables });
}

const seenOf = (github: Repository) => github.comments().filter(({ minimized }) => minimized === undefined);

describe('runs that post at once for the first time', () => {
  test.each([[[812, 813]], [[813, 812]], [[813, 814, 812]]])(
    'in the order %j leave one comment in sight, with the text of the latest run',
    async (order) => {
      const github = await repository();
      const url = await doorTo(github.url, order);
      const runs = await Promise.all(order.map((run) => reportOf(github, run, url)));
      expect(runs.map(({ exitCode, outputs }) => [exitCode, outputs['mode']])).toEqual(
        order.map(() => [0, 'comment']),
      );
      expect(github.comments()).toHaveLength(order.length);
      const seen = seenOf(github);
      expect(seen).toHaveLength(1);
      expect(seen[0]?.id).toBe(github.comments()[0]?.id);
      const latest = Math.max(...order);
      expect(seen[0]?.body.split('\n')[0]).toBe(`<!-- sophia:pr-report v1 key=default run=${latest}.1 -->`);
      expect(new Set(runs.map(({ outputs }) => outputs['comment-id']))).toEqual(
        new Set([String(seen[0]?.id)]),
      );
    },
  );

  test('cost the next update two requests more, once; the one after that takes its two', async () => {
    const github = await repository();
    const url = await doorTo(github.url, [813, 812]);
    await Promise.all([812, 813].map((run) => reportOf(github, run, url)));
    const [oldest, other] = github.comments();
    const written = async (run: number) => {
      const before = github.requests.length;
      await reportOf(github, run);
      return requestsOf(github)
        .slice(before)
        .filter((request) => !request.endsWith('/jobs'));
    };
    const look = `GET /repos/acme/app/issues/${PULL_REQUEST}/comments`;
    const patch = (id: number | undefined) => `PATCH /repos/acme/app/issues/comments/${id}`;
    expect(await written(820)).toEqual([look, patch(oldest?.id), 'POST /graphql', patch(other?.id)]);
    expect(await written(821)).toEqual([look, patch(oldest?.id)]);
    expect(seenOf(github).map(({ body }) => body.includes('run=821.1'))).toEqual([true]);
  });
});
