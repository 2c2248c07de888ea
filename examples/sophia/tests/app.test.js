import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseAt, migrations, startApp, TOKEN, write } from './fixtures.js';

test('health reports the release and what the database holds', async (t) => {
  const ask = await startApp(t, { database: databaseAt(t) });
  const response = await ask('/health');
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), {
    status: 'ok',
    release: 'test-1',
    schema: migrations.length,
    notes: 0,
  });
});

test('health fails where the database could not be opened, and says why', async (t) => {
  const ask = await startApp(t, { release: { problem: 'the disk is gone' } });
  const response = await ask('/health');
  assert.equal(response.status, 503);
  assert.equal((await response.json()).problem, 'the disk is gone');
});

test('health fails on a schema older than the release needs', async (t) => {
  const ask = await startApp(t, { database: databaseAt(t, 1) });
  const response = await ask('/health');
  assert.equal(response.status, 503);
  assert.match((await response.json()).problem, /the schema is at 1, this release needs 3/);
});

test('a note is saved, found, read and removed', async (t) => {
  const ask = await startApp(t, { database: databaseAt(t) });
  const saved = await ask('/api/notes', write({ title: 'Fleet', text: 'nine servers', topic: 'mcp' }));
  assert.equal(saved.status, 201);
  const note = await saved.json();
  assert.equal(saved.headers.get('location'), `/api/notes/${note.id}`);
  assert.deepEqual(await (await ask('/api/notes?search=serv&topic=mcp')).json(), { notes: [note] });
  assert.deepEqual(await (await ask('/api/notes?search=serv&topic=other')).json(), { notes: [] });
  assert.deepEqual(await (await ask(`/api/notes/${note.id}`)).json(), note);
  const removal = { method: 'DELETE', headers: { authorization: `Bearer ${TOKEN}` } };
  assert.equal((await ask(`/api/notes/${note.id}`, removal)).status, 204);
  assert.equal((await ask(`/api/notes/${note.id}`, removal)).status, 404);
  assert.deepEqual(await (await ask('/api/notes?search=serv')).json(), { notes: [] });
});

for (const version of [2, 3]) {
  test(`at schema ${version}, a search takes any text literally`, async (t) => {
    const database = databaseAt(t, version);
    const ask = await startApp(t, { database });
    await ask('/api/notes', write({ title: '100% "sure"', text: 'a_b' }));
    for (const [search, found] of [
      ['100', 1],
      ['"sure"', 1],
      ["'; DROP TABLE notes; --", 0],
      ['NOT AND (', 0],
    ]) {
      const response = await ask(`/api/notes?search=${encodeURIComponent(search)}`);
      assert.equal(response.status, 200, search);
      assert.equal((await response.json()).notes.length, found, search);
    }
  });
}

test('every fault of a note is named at once', async (t) => {
  const ask = await startApp(t, { database: databaseAt(t) });
  const response = await ask('/api/notes', write({ title: ' ', topic: 'X', extra: 1 }));
  assert.equal(response.status, 400);
  const { issues } = await response.json();
  assert.deepEqual(issues.map(({ path }) => path).sort(), ['', 'text', 'title', 'topic']);
});

for (const [what, body, status] of [
  ['no JSON', '{"title"', 400],
  ['a list', '[]', 400],
  ['too large a body', JSON.stringify({ title: 'x', text: 'y'.repeat(70_000) }), 413],
]) {
  test(`${what} is refused with ${status}`, async (t) => {
    const ask = await startApp(t, { database: databaseAt(t) });
    assert.equal((await ask('/api/notes', write(body))).status, status);
  });
}

test('a query that does not hold is refused', async (t) => {
  const ask = await startApp(t, { database: databaseAt(t) });
  for (const query of ['limit=0', 'limit=many', 'unknown=1', 'search=']) {
    assert.equal((await ask(`/api/notes?${query}`)).status, 400, query);
  }
});

test('writes need the token of the release', async (t) => {
  const database = databaseAt(t);
  const ask = await startApp(t, { database });
  assert.equal((await ask('/api/notes', write({ title: 'a', text: 'b' }, 'wrong'))).status, 401);
  const closed = await startApp(t, { database, release: { apiToken: null } });
  assert.equal((await closed('/api/notes', write({ title: 'a', text: 'b' }))).status, 403);
  assert.deepEqual(await (await ask('/api/notes')).json(), { notes: [] });
});

test('the page and its assets are served, and nothing outside of their folder', async (t) => {
  const ask = await startApp(t, { database: databaseAt(t) });
  const page = await ask('/');
  assert.equal(await page.text(), '<h1>page</h1>');
  assert.equal(page.headers.get('cache-control'), 'no-store');
  assert.match(page.headers.get('content-security-policy'), /default-src 'self'/);
  assert.match((await ask('/main-ABC.js')).headers.get('cache-control'), /immutable/);
  for (const path of ['/missing.js', '/..%2f..%2fpackage.json', '/%2e%2e/package.json', '/constructor']) {
    assert.equal((await ask(path)).status, 404, path);
  }
});
