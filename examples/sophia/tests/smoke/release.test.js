// Real requests against the deployed release: read, write, refuse, page.
import assert from 'node:assert/strict';
import { test } from 'node:test';

const url = process.env.BACKEND_URL || 'http://127.0.0.1:8788';
const release = process.env.SOPHIA_DEPLOYMENT_ID;
// A demonstrated failure: a token that the release does not know.
const token = process.env.SOPHIA_DEMO_FAIL === 'smoke_tests' ? 'revoked' : process.env.BACKEND_API_TOKEN;

const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const ask = (path, options) => fetch(new URL(path, url), { signal: AbortSignal.timeout(5000), ...options });
const post = (note, other = {}) =>
  ask('/api/notes', { method: 'POST', headers: { ...headers, ...other }, body: JSON.stringify(note) });

test('the release that was deployed answers and has its schema', async () => {
  const response = await ask('/health');
  const body = await response.json();
  assert.equal(response.status, 200, JSON.stringify(body));
  if (release) assert.equal(body.release, release);
});

test('a note is written, found by its words and removed', async () => {
  const written = await post({
    title: 'Smoke test',
    text: 'written by a marmalade zeppelin',
    topic: 'smoke',
  });
  assert.equal(written.status, 201, await written.clone().text());
  const { id } = await written.json();
  const { notes } = await (await ask('/api/notes?search=zeppelin%20marmalade')).json();
  assert.ok(
    notes.some((note) => note.id === id),
    `note ${id} is not among what the search found`,
  );
  assert.equal((await ask(`/api/notes/${id}`, { method: 'DELETE', headers })).status, 204);
  assert.equal((await ask(`/api/notes/${id}`)).status, 404);
});

test('a note that does not hold is refused with each reason', async () => {
  const response = await post({ title: '', topic: 'No Topic' });
  assert.equal(response.status, 400);
  const { issues } = await response.json();
  assert.deepEqual(issues.map(({ path }) => path).sort(), ['text', 'title', 'topic']);
});

test('a write without the token is refused', async () => {
  const response = await post({ title: 'No', text: 'entry' }, { authorization: 'Bearer nobody' });
  assert.equal(response.status, 401);
});

test('the page is served with its script and style', async () => {
  const page = await (await ask('/')).text();
  const assets = [...page.matchAll(/(?:src|href)="(\/[\w.-]+)"/g)].map(([, path]) => path);
  assert.equal(assets.length, 2);
  for (const asset of assets) assert.equal((await ask(asset)).status, 200, asset);
});
