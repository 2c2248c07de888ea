// Reduces GitHub's OpenAPI description (13 MB, @octokit/openapi) to the operations that the GitHub stand-in
// serves, as JSON Schema for ajv: `node packages/standins/scripts/extract-github-schemas.mjs [--check]`.
// With --check nothing is written; the exit code is 1 if the committed file is out of step.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPO = '/repos/{owner}/{repo}';

/** Every operation of the stand-in; `github-schema.ts` refuses to answer any other. */
const OPERATIONS = [
  `GET ${REPO}`,
  `GET ${REPO}/issues`,
  `POST ${REPO}/issues`,
  `GET ${REPO}/issues/{issue_number}`,
  `PATCH ${REPO}/issues/{issue_number}`,
  `GET ${REPO}/issues/{issue_number}/comments`,
  `POST ${REPO}/issues/{issue_number}/comments`,
  `GET ${REPO}/issues/comments/{comment_id}`,
  `PATCH ${REPO}/issues/comments/{comment_id}`,
  `DELETE ${REPO}/issues/comments/{comment_id}`,
  `GET ${REPO}/pulls`,
  `GET ${REPO}/pulls/{pull_number}`,
  `GET ${REPO}/commits/{commit_sha}/pulls`,
  `POST ${REPO}/check-runs`,
  `GET ${REPO}/check-runs/{check_run_id}`,
  `PATCH ${REPO}/check-runs/{check_run_id}`,
  `GET ${REPO}/check-runs/{check_run_id}/annotations`,
  `GET ${REPO}/deployments`,
  `POST ${REPO}/deployments`,
  `GET ${REPO}/deployments/{deployment_id}`,
  `GET ${REPO}/deployments/{deployment_id}/statuses`,
  `POST ${REPO}/deployments/{deployment_id}/statuses`,
  `GET ${REPO}/git/ref/{ref}`,
  `GET ${REPO}/git/matching-refs/{ref}`,
  `POST ${REPO}/git/refs`,
  `PATCH ${REPO}/git/refs/{ref}`,
  `DELETE ${REPO}/git/refs/{ref}`,
  `POST ${REPO}/git/blobs`,
  `GET ${REPO}/git/blobs/{file_sha}`,
  `POST ${REPO}/git/trees`,
  `GET ${REPO}/git/trees/{tree_sha}`,
  `POST ${REPO}/git/commits`,
  `GET ${REPO}/git/commits/{commit_sha}`,
  `GET ${REPO}/contents/{path}`,
  `GET ${REPO}/actions/runs`,
  `GET ${REPO}/actions/runs/{run_id}`,
  `GET ${REPO}/actions/runs/{run_id}/artifacts`,
  `GET ${REPO}/actions/runs/{run_id}/attempts/{attempt_number}/jobs`,
  `GET ${REPO}/actions/artifacts`,
  `GET ${REPO}/actions/artifacts/{artifact_id}`,
  `DELETE ${REPO}/actions/artifacts/{artifact_id}`,
  `GET ${REPO}/actions/artifacts/{artifact_id}/{archive_format}`,
];

/** Prose and vendor keys that no validation needs. */
const DROPPED =
  /^(description|title|example|examples|deprecated|externalDocs|discriminator|xml|default|readOnly|writeOnly|x-.*)$/;

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, '..', 'src', 'github-schemas.json');
const api = JSON.parse(
  readFileSync(
    createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json'),
    'utf8',
  ),
);
const used = new Set();
const operations = Object.fromEntries(OPERATIONS.map((name) => [name, operation(name)]));
const schemas = {};
for (const name of used) schemas[name] = schema(api.components.schemas[name]);

const text = `${JSON.stringify({ version: api.info.version, operations, schemas: sorted(schemas) })}\n`;
if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
  console.log(`${target}: ${OPERATIONS.length} operations, ${used.size} schemas, ${text.length} bytes`);
} else if (readFileSync(target, 'utf8') !== text) {
  console.error(`${target} is out of step: run node packages/standins/scripts/extract-github-schemas.mjs`);
  process.exitCode = 1;
}

function operation(name) {
  const [method, path] = name.split(' ');
  const found = api.paths[path]?.[method.toLowerCase()];
  if (found === undefined) throw new Error(`GitHub has no operation ${name}.`);
  const parameters = (found.parameters ?? []).map(resolve).filter((one) => one.in !== 'header');
  const body = resolve(found.requestBody)?.content?.['application/json']?.schema;
  const responses = Object.entries(found.responses).filter(([status]) => Number(status) < 400);
  return {
    query: objectOf(parameters.filter((one) => one.in === 'query')),
    ...(body === undefined ? {} : { body: schema(body) }),
    responses: Object.fromEntries(
      responses.map(([status, one]) => {
        const content = resolve(one).content ?? {};
        return [status, content['application/json'] ? schema(content['application/json'].schema) : null];
      }),
    ),
  };
}

function objectOf(parameters) {
  const properties = Object.fromEntries(parameters.map((one) => [one.name, schema(one.schema)]));
  return { type: 'object', properties, additionalProperties: false };
}

function resolve(node) {
  if (node?.$ref === undefined) return node;
  return node.$ref
    .slice(2)
    .split('/')
    .reduce((at, key) => at[key], api);
}

/** OpenAPI 3.0 to JSON Schema: `nullable` becomes a type, references go to `github#/schemas/...`. */
function schema(node) {
  if (Array.isArray(node)) return node.map(schema);
  if (typeof node !== 'object' || node === null) return node;
  if (node.$ref !== undefined) return reference(node.$ref);
  const { nullable, ...rest } = node;
  // GitHub's own default for some addresses is the empty text, which is no URI.
  if (rest.format === 'uri' && rest.default === '') delete rest.format;
  const kept = Object.entries(rest)
    .filter(([key]) => !DROPPED.test(key))
    .map(([key, value]) => [
      key,
      key === 'properties' ? mapValues(value) : key === 'enum' ? value : schema(value),
    ]);
  const plain = Object.fromEntries(kept);
  return nullable === true ? orNull(plain) : plain;
}

/** Names under `properties` are no keywords: `title` and `description` stay. */
function mapValues(properties) {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, schema(value)]));
}

function orNull(plain) {
  if (typeof plain.type !== 'string') return { anyOf: [plain, { type: 'null' }] };
  const values = plain.enum === undefined ? {} : { enum: [...new Set([...plain.enum, null])] };
  return { ...plain, ...values, type: [plain.type, 'null'] };
}

function reference($ref) {
  const name = $ref.replace('#/components/schemas/', '');
  if (!used.has(name)) {
    used.add(name);
    schema(api.components.schemas[name]);
  }
  return { $ref: `github#/schemas/${name}` };
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
