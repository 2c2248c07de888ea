import { randomUUID } from 'node:crypto';
import type { Failure } from './failures.ts';
import { field, textField } from './json-field.ts';
import { json, text, type Call, type Reply } from './reply.ts';
import { publicRoute, route } from './routes.ts';
import { startStandin, type ListenOptions, type Standin } from './server.ts';
import {
  LOGIN_ERRORS,
  refuseLogin,
  type SnowflakeCredentials,
  type SnowflakeError,
} from './snowflake-login.ts';
import { runStatement, type SnowflakeRows, type SnowflakeWarehouse } from './snowflake-rows.ts';

/** Whom the Snowflake stand-in lets in and what it has; `url` is the SDK's `accessUrl`. */
export type SnowflakeOptions = ListenOptions &
  SnowflakeCredentials & {
    /** Default `9.35.2`. */
    readonly version?: string;
    readonly warehouses?: readonly SnowflakeWarehouse[];
  };

/** Refusals by Snowflake's own codes: of the login (390100, 390102, ...) and of a query (390112, 000606). */
export type SnowflakeFailure = keyof typeof LOGIN_ERRORS | 'session_expired' | 'no_active_warehouse';

/**
 * What the drivers speak: `/session/v1/login-request`, `/queries/v1/query-request`, `/session?delete=true`,
 * heartbeat. Refusals are 200 with `success: false`, as there. Only JSON results, in one piece.
 */
export async function startSnowflake(options: SnowflakeOptions): Promise<Standin<SnowflakeFailure>> {
  const sessions = new Set<string>();
  const about = {
    version: options.version ?? '9.35.2',
    warehouses: options.warehouses ?? [],
    user: options.user,
  };
  return startStandin(
    {
      name: 'Snowflake',
      routes: [
        publicRoute('POST', '/session/v1/login-request', ({ json: body }) => {
          const refusal = refuseLogin(field(body, 'data'), options);
          return refusal === undefined ? signIn(sessions) : refused(refusal);
        }),
        route('POST', '/queries/v1/query-request', ({ json: body }) => {
          const rows = runStatement(textField(body, 'sqlText') ?? '', about);
          return rows === undefined ? unknownStatement() : json(200, result(rows));
        }),
        route('POST', '/session/heartbeat', () => json(200, success(null))),
        route('POST', '/session', (call) => {
          if (call.query.get('delete') === 'true') sessions.delete(sessionToken(call));
          return json(200, success(null));
        }),
      ],
      authorize: (call) => (sessions.has(sessionToken(call)) ? undefined : refused(SESSION_GONE)),
      error: httpError,
      named: {
        incorrect_username_password: () => refused(LOGIN_ERRORS.incorrect_username_password),
        user_locked: () => refused(LOGIN_ERRORS.user_locked),
        jwt_invalid: () => refused(LOGIN_ERRORS.jwt_invalid),
        network_policy: () => refused(LOGIN_ERRORS.network_policy),
        token_invalid: () => refused(LOGIN_ERRORS.token_invalid),
        session_expired: () => refused(SESSION_GONE),
        no_active_warehouse: () => refused(NO_WAREHOUSE, { sqlState: '57P03', errorCode: '000606' }),
      },
    },
    options,
  );
}

const SESSION_GONE = {
  code: '390111',
  message: 'Session no longer exists.  New login required to access the service.',
};
const NO_WAREHOUSE = {
  code: '000606',
  message:
    "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
};
const FOUR_HOURS_S = 14_400;

/** Session parameters that keep a driver from telemetry, heartbeats and results in pieces. */
const PARAMETERS = [
  { name: 'CLIENT_TELEMETRY_ENABLED', value: false },
  { name: 'CLIENT_SESSION_KEEP_ALIVE', value: false },
  { name: 'TIMEZONE', value: 'Etc/UTC' },
];

function success(data: unknown): unknown {
  return { data, code: null, message: null, success: true };
}

function refused({ code, message }: SnowflakeError, data: unknown = null): Reply {
  return json(200, { data, code, message, success: false, headers: null });
}

function signIn(sessions: Set<string>): Reply {
  const token = `ver:1-hint:0-${randomUUID()}`;
  sessions.add(token);
  return json(
    200,
    success({
      token,
      masterToken: `ver:1-hint:0-${randomUUID()}`,
      validityInSeconds: FOUR_HOURS_S / 4,
      masterValidityInSeconds: FOUR_HOURS_S,
      sessionId: sessions.size,
      parameters: PARAMETERS,
      sessionInfo: { databaseName: null, schemaName: null, warehouseName: null, roleName: 'PUBLIC' },
      serverVersion: '9.35.2',
    }),
  );
}

function sessionToken(call: Call): string {
  return /^Snowflake Token="(.+)"$/.exec(call.headers['authorization'] ?? '')?.[1] ?? '';
}

function result({ columns, rows }: SnowflakeRows): unknown {
  const rowtype = columns.map((name) => ({
    name,
    type: 'text',
    nullable: true,
    length: 16_777_216,
    byteLength: 16_777_216,
    precision: null,
    scale: null,
    collation: null,
    database: '',
    schema: '',
    table: '',
  }));
  return success({
    parameters: PARAMETERS,
    rowtype,
    rowset: rows,
    total: rows.length,
    returned: rows.length,
    queryId: randomUUID(),
    queryResultFormat: 'json',
    statementTypeId: 4_096,
    version: 1,
    numberOfBinds: 0,
    arrayBindSupported: false,
    finalDatabaseName: null,
    finalSchemaName: null,
    finalWarehouseName: null,
    finalRoleName: 'PUBLIC',
    sqlState: null,
  });
}

function unknownStatement(): Reply {
  const message = 'SQL compilation error:\nThe stand-in for Snowflake does not know this statement.';
  const data = {
    internalError: false,
    errorCode: '001003',
    sqlState: '42000',
    line: 1,
    pos: 0,
    type: 'COMPILATION',
  };
  return refused({ code: '001003', message }, data);
}

/** What stands before Snowflake's services answers in plain text or HTML, never in their envelope. */
function httpError({ status, retryAfterSeconds }: Failure): Reply {
  return text(status, `HTTP ${status}`, status === 429 ? { 'retry-after': String(retryAfterSeconds) } : {});
}
