import { z } from 'zod';

/** A note as a client sends it. */
export const newNote = z.strictObject({
  title: z.string().trim().min(1).max(120),
  text: z.string().trim().min(1).max(10_000),
  topic: z
    .string()
    .regex(/^[a-z][a-z-]{0,39}$/, 'expected lower-case letters and hyphens')
    .default('general'),
});

/** The query of a list of notes. */
export const noteQuery = z.strictObject({
  search: z.string().trim().min(1).max(200).optional(),
  topic: z.string().max(40).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

/** A refusal that the client can act on; `issues` names each field that is wrong. */
export class RequestError extends Error {
  constructor(status, message, issues = []) {
    super(message);
    this.status = status;
    this.issues = issues;
  }
}

/**
 * Parses untrusted input by a schema.
 * @throws {RequestError} 400 with every issue at once
 */
export function parse(schema, input) {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new RequestError(400, 'the request does not hold', issues);
}

/** No note is near this size, in bytes; more is refused before it is read. */
const BODY_LIMIT = 64 * 1024;

/**
 * Reads a JSON body.
 * @throws {RequestError} 413 when it is too large, 400 when it is no JSON
 */
export async function readJson(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new RequestError(413, `a body may have ${BODY_LIMIT} bytes at most`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new RequestError(400, 'the body is not JSON');
  }
}
