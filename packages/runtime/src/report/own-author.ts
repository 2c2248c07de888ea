import { isJson, textAt } from '@sophia/core/report/read/json';

import type { GitHub } from '../github/github.ts';

/** Who GITHUB_TOKEN is. Strangers cannot post as it: a fork's token cannot write. */
const ACTIONS_BOT = 'github-actions[bot]';

/** @returns the login of a token that is not GITHUB_TOKEN; empty where it cannot be told. */
async function viewer(github: GitHub): Promise<string> {
  try {
    const data = await github.graphql('query { viewer { login } }', {});
    return isJson(data) ? textAt(data, 'viewer', 'login') : '';
  } catch {
    return '';
  }
}

/**
 * A marker alone proves nothing, anybody can post one: the author must be us.
 *
 * @returns those of GITHUB_TOKEN's where there are any, else those of whoever the token is
 */
export async function ownOnly<T extends { readonly author: string }>(
  github: GitHub,
  found: readonly T[],
): Promise<readonly T[]> {
  const foreign = found.filter(({ author }) => author !== ACTIONS_BOT);
  const bots = found.filter(({ author }) => author === ACTIONS_BOT);
  if (foreign.length === 0 || bots.length > 0) return bots;
  const login = await viewer(github);
  return login === '' ? [] : foreign.filter(({ author }) => author === login);
}
