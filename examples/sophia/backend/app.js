import { createServer } from 'node:http';
import { requireToken } from './access.js';
import { schemaVersion } from './migrations.js';
import { addNote, countNotes, findNote, listNotes, removeNote } from './notes.js';
import { newNote, noteQuery, parse, readJson, RequestError } from './requests.js';
import { staticFile } from './static-files.js';

const SAFETY = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

/** Asks the database for real: a release that cannot read its notes is not healthy. */
function health({ release, database }) {
  try {
    if (!database) throw new Error(release.problem);
    const schema = schemaVersion(database);
    if (schema < release.schema)
      throw new Error(`the schema is at ${schema}, this release needs ${release.schema}`);
    return { status: 200, json: { status: 'ok', release: release.id, schema, notes: countNotes(database) } };
  } catch (error) {
    return { status: 503, json: { status: 'failing', release: release.id, problem: error.message } };
  }
}

const routes = [
  ['GET', /^\/health$/, (context) => health(context)],
  [
    'GET',
    /^\/api\/notes$/,
    ({ database, url }) => {
      const query = parse(noteQuery, Object.fromEntries(url.searchParams));
      return { status: 200, json: { notes: listNotes(database, query) } };
    },
  ],
  [
    'POST',
    /^\/api\/notes$/,
    async ({ database, request, release }) => {
      requireToken(request, release.apiToken);
      const note = addNote(database, parse(newNote, await readJson(request)));
      return { status: 201, json: note, headers: { location: `/api/notes/${note.id}` } };
    },
  ],
  [
    'GET',
    /^\/api\/notes\/(\d{1,15})$/,
    ({ database, match }) => {
      const note = findNote(database, Number(match[1]));
      if (!note) throw new RequestError(404, 'there is no such note');
      return { status: 200, json: note };
    },
  ],
  [
    'DELETE',
    /^\/api\/notes\/(\d{1,15})$/,
    ({ database, request, release, match }) => {
      requireToken(request, release.apiToken);
      if (!removeNote(database, Number(match[1]))) throw new RequestError(404, 'there is no such note');
      return { status: 204 };
    },
  ],
];

async function answer(context) {
  const { request, url, webRoot } = context;
  for (const [method, pattern, handle] of routes) {
    const match = pattern.exec(url.pathname);
    if (match && method === request.method) return handle({ ...context, match });
  }
  const file = request.method === 'GET' ? await staticFile(webRoot, url.pathname) : undefined;
  if (file) return { status: 200, ...file };
  throw new RequestError(404, `there is no ${request.method} ${url.pathname}`);
}

function refusal(error) {
  if (error instanceof RequestError) {
    return { status: error.status, json: { error: error.message, issues: error.issues } };
  }
  process.stderr.write(`${error.stack}\n`);
  return { status: 500, json: { error: 'this is our fault; it is in the log' } };
}

/**
 * The application as an HTTP server that does not listen yet.
 * @param {object} context
 * @param {{id: string, schema: number, apiToken: string | null, problem?: string}} context.release
 * @param {import('node:sqlite').DatabaseSync | undefined} context.database undefined: it could not be opened
 * @param {string} context.webRoot folder of the built page
 */
export function createApp({ release, database, webRoot }) {
  return createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const result = await answer({ request, url, release, database, webRoot }).catch(refusal);
    const body = result.json ? JSON.stringify(result.json) : result.body;
    const type = result.json ? { 'content-type': 'application/json' } : {};
    response.writeHead(result.status, { ...SAFETY, ...type, ...result.headers });
    response.end(body);
  });
}
