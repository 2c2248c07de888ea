import { setTimeout as sleep } from 'node:timers/promises';
import { backendUrl } from './home.js';

/** How often a starting backend is asked, and how long one answer may take, in ms. */
const POLL_MS = 50;
const ANSWER_MS = 2000;

/** @returns {Promise<{status: number, body: object}>} what /health says; status 0 where nobody answers */
export async function askHealth() {
  try {
    const response = await fetch(`${backendUrl}/health`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return { status: response.status, body: await response.json() };
  } catch (error) {
    return { status: 0, body: { problem: error.cause?.message ?? error.message } };
  }
}

/**
 * Waits until a release answers as healthy. A release that answers as failing has had its say: no further wait.
 * @param {string} release the id that must answer
 * @param {number} withinMs
 * @throws with what was heard last
 */
export async function waitHealthy(release, withinMs) {
  const end = Date.now() + withinMs;
  let last;
  do {
    last = await askHealth();
    const answers = last.body.release === release;
    if (answers && last.status === 200) return last.body;
    if (answers) break;
    await sleep(POLL_MS);
  } while (Date.now() < end);
  const heard = last.status ? `${last.status} ${JSON.stringify(last.body)}` : last.body.problem;
  throw new Error(`release ${release} is not healthy at ${backendUrl}/health: ${heard}`);
}
