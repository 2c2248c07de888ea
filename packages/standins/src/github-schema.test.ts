import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { resource } from './github-sample.ts';
import { assertResponse, requestProblem } from './github-schema.ts';

const here = dirname(fileURLToPath(import.meta.url));
const COMMENT = 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}';
const LIST = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';

describe('GitHub’s description', () => {
  test('is the one of the installed @octokit/openapi', async () => {
    const script = join(here, '..', 'scripts', 'extract-github-schemas.mjs');
    await expect(promisify(execFile)(process.execPath, [script, '--check'])).resolves.toMatchObject({
      stderr: '',
    });
  });

  test('refuses an answer that lacks a field, has a wrong type or a status that GitHub does not have', () => {
    const comment = resource('issue-comment', { id: 1, body: 'x' });
    expect(() => assertResponse(COMMENT, 200, comment)).not.toThrow();
    expect(() => assertResponse(COMMENT, 200, { ...comment, id: 'one' })).toThrow('/id must be integer');
    const { html_url: _, ...lacking } = comment;
    expect(() => assertResponse(COMMENT, 200, lacking)).toThrow("required property 'html_url'");
    expect(() => assertResponse(COMMENT, 202, comment)).toThrow('describes no response 202');
    expect(() => assertResponse('GET /nothing', 200, {})).toThrow('No operation GET /nothing');
  });

  test('reads numbers in queries, and refuses what is none', () => {
    expect(requestProblem(LIST, new URLSearchParams('per_page=5'), undefined)).toBeUndefined();
    expect(requestProblem(LIST, new URLSearchParams('per_page=five'), undefined)).toContain(
      '/per_page must be integer',
    );
    expect(requestProblem(LIST, new URLSearchParams('perpage=5'), undefined)).toContain(
      'additional properties',
    );
  });

  test('a filled resource keeps what is known, also in depth', () => {
    expect(resource('issue-comment', { id: 7, user: { login: 'octo' } })).toMatchObject({
      id: 7,
      user: { login: 'octo', site_admin: false, gravatar_id: null },
    });
  });
});
