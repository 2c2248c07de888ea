import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { CheckOf } from '@sophia/core/config/check-schemas';
import { failed, passed, warned } from '@sophia/core/gate/outcome';
import type { Fault, ProbeResult } from '@sophia/core/gate/outcome';
import { judgeAnswer } from '@sophia/core/gate/service-answers';
import type * as SnowflakeDriver from 'snowflake-sdk';
import type { Connection, ConnectionOptions } from 'snowflake-sdk';

import type { Variables } from '../../host/host.ts';
import { connectTcp } from '../../http/connect.ts';
import { wayTo } from '../../http/proxy.ts';
import { socketFault } from '../../http/socket-fault.ts';
import { badUrl } from '../api-call.ts';
import { readCredential, setting } from '../credentials.ts';
import type { CheckProbe, ProbeContext } from '../probe.ts';
import { unreadable } from '../service-failure.ts';

type Snowflake = typeof SnowflakeDriver;

/**
 * The driver asks cloud metadata addresses and loads a native library unless its environment forbids it, and as a
 * bundle it misses `__dirname`; all of that must be settled before it is imported.
 */
async function loadDriver(): Promise<Snowflake> {
  process.env['SNOWFLAKE_DISABLE_PLATFORM_DETECTION'] = 'true';
  process.env['SNOWFLAKE_DISABLE_MINICORE'] = '1';
  process.env['SF_TELEMETRY_DISABLE_CONNECTION_SHAPE'] = '1';
  (globalThis as { __dirname?: string }).__dirname ??= dirname(fileURLToPath(import.meta.url));
  const imported = await import('snowflake-sdk');
  const driver = (imported as unknown as { default?: Snowflake }).default ?? imported;
  // OCSP would ask third parties and keep a cache on disk; certificates are verified without it.
  driver.configure({ logLevel: 'OFF', additionalLogToConsole: false, disableOCSPChecks: true });
  return driver;
}

type Check = CheckOf<'snowflake'>;

function address(check: Check, variables: Variables): string {
  const host = setting(check.host, variables['SNOWFLAKE_HOST'], '');
  if (host !== '') return host.includes('://') ? host : `https://${host}`;
  const account = setting(check.account, variables['SNOWFLAKE_ACCOUNT'], '');
  return account === '' ? '' : `https://${account.toLowerCase().replaceAll('_', '-')}.snowflakecomputing.com`;
}

/** One login and `select current_version()`, which needs no warehouse: free. One attempt, so that nobody is locked. */
export async function loadSnowflake(): Promise<CheckProbe<'snowflake'>> {
  const driver = await loadDriver();
  return {
    target: (check, variables) => address(check, variables) || undefined,
    async probe(check, context) {
      const options = loginOptions(check, context);
      if ('fault' in options) return failed(options.fault, { missing: [options.missing] });
      const unreachable = await reach(address(check, context.variables), context);
      if (unreachable !== undefined) return failed(unreachable);
      const connection = driver.createConnection({
        ...options,
        // Later than the scheduler's own limit, so that its verdict is the one that is heard.
        timeout: context.timeoutMs + SLACK_MS,
        // More than one login would count as so many wrong passwords.
        sfRetryMaxLoginRetries: 0,
      });
      context.signal.addEventListener('abort', () => void hangUp(connection), { once: true });
      return logIn(connection, options.authenticator ?? 'SNOWFLAKE', context.signal);
    },
  };
}

const SLACK_MS = 1_000;

type Login = ConnectionOptions | { readonly fault: Fault; readonly missing: string };

function loginOptions(check: Check, context: ProbeContext): Login {
  const { variables } = context;
  const account = readSetting(check.account, variables, 'SNOWFLAKE_ACCOUNT');
  if (typeof account !== 'string') return account;
  const username = readSetting(check.user, variables, 'SNOWFLAKE_USER');
  if (typeof username !== 'string') return username;
  const optional = (given: string | undefined, variable: string) =>
    given ?? (variables[variable] || undefined);
  const named = {
    warehouse: optional(check.warehouse, 'SNOWFLAKE_WAREHOUSE'),
    database: optional(check.database, 'SNOWFLAKE_DATABASE'),
    role: optional(check.role, 'SNOWFLAKE_ROLE'),
  };
  const credential = credentialOf(check, context);
  if ('fault' in credential) return credential;
  const accessUrl = address(check, variables);
  const defined = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  return { account, username, accessUrl, ...defined, ...credential };
}

function readSetting(given: string | undefined, variables: Variables, variable: string) {
  const value = given ?? variables[variable] ?? '';
  if (value !== '' && !value.trimStart().startsWith('PLACEHOLDER')) return value;
  const hint = `set ${variable}: in a job by its env, or by esc-setup before this step`;
  return {
    fault: { category: 'configuration' as const, message: `${variable} is not set`, hint },
    missing: variable,
  };
}

/** A key pair before a token before a password: Snowflake ended sign-in by password alone in 2026. */
function credentialOf(check: Check, context: ProbeContext) {
  const { variables, session } = context;
  const privateKey = check['private-key'] ?? variables['SNOWFLAKE_PRIVATE_KEY'] ?? '';
  if (privateKey !== '') {
    session.host.redaction.add(privateKey);
    // A PEM in one line, as many secret stores keep it, has its line breaks as \n.
    return { authenticator: 'SNOWFLAKE_JWT', privateKey: privateKey.replaceAll('\\n', '\n').trim() };
  }
  if ((check.token ?? variables['SNOWFLAKE_TOKEN'] ?? '') !== '') {
    const token = readCredential(context, check.token, 'SNOWFLAKE_TOKEN');
    return 'fault' in token ? token : { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: token.value };
  }
  const password = readCredential(context, check.password, 'SNOWFLAKE_PASSWORD');
  return 'fault' in password ? password : { password: password.value };
}

/** The driver retries a dead address for long and tells little of it: it is tried first, or its proxy is. */
async function reach(text: string, { signal, variables, http }: ProbeContext): Promise<Fault | undefined> {
  if (!URL.canParse(text)) return badUrl(text);
  const url = new URL(text);
  const way = wayTo(url, variables);
  if ('fault' in way) return way.fault;
  if (way.proxy !== undefined) {
    const result = await http({ url, method: 'HEAD', headers: {}, signal, maxBodyBytes: 0 });
    return 'fault' in result ? result.fault : undefined;
  }
  const { hostname, port, protocol } = url;
  const connected = await connectTcp({
    host: hostname,
    port: Number(port || (protocol === 'http:' ? 80 : 443)),
    signal,
  });
  if ('fault' in connected) return connected.fault;
  connected.socket.destroy();
  return undefined;
}

type SnowflakeFailure = Error & {
  readonly code?: string | number;
  readonly cause?: unknown;
  readonly response?: { status?: number };
};

async function logIn(
  connection: Connection,
  authenticator: string,
  signal: AbortSignal,
): Promise<ProbeResult> {
  try {
    await new Promise<void>((resolve, reject) => {
      connection.connect((error: unknown) => (error ? reject(error) : resolve()));
    });
    signal.throwIfAborted();
    const version = await currentVersion(connection);
    const details = { version, authenticator };
    if (authenticator === 'SNOWFLAKE') return warned(passwordEnds(version), details);
    const method = authenticator === 'SNOWFLAKE_JWT' ? 'a key pair' : 'a token';
    return passed(`signed in with ${method}, version ${version}`, details);
  } catch (error) {
    return failed(judgeFailure(error as SnowflakeFailure));
  } finally {
    await hangUp(connection);
  }
}

/** docs.snowflake.com, "Planning for the deprecation of single-factor password sign-ins". */
const passwordEnds = (version: string): Fault => ({
  category: 'unauthorized',
  message: `signed in, version ${version}, but with a password alone: Snowflake ended such sign-ins between August and October 2026, so this one may be refused from one day to the next`,
  hint: 'give the user a key pair (SNOWFLAKE_PRIVATE_KEY) or a programmatic access token (SNOWFLAKE_TOKEN), and remove SNOWFLAKE_PASSWORD',
});

function currentVersion(connection: Connection): Promise<string> {
  return new Promise((resolve, reject) => {
    connection.execute({
      sqlText: 'select current_version()',
      complete: (error, _statement, rows) => {
        const [value] = Object.values((rows?.[0] ?? {}) as Record<string, unknown>);
        if (error !== undefined && error !== null) reject(error);
        else resolve(String(value));
      },
    });
  });
}

/** What `JSON.parse` throws, in whichever realm. */
const isSyntaxError = (cause: unknown) =>
  typeof cause === 'object' && cause !== null && 'name' in cause && cause.name === 'SyntaxError';

/** By the transport's code, then by what could not be read, then Snowflake's own code, then the HTTP status. */
function judgeFailure(error: SnowflakeFailure): Fault {
  const status = error.response?.status;
  const transport = socketFault(error);
  if (transport !== undefined) return transport;
  if (error.code === undefined || isSyntaxError(error.cause)) return unreadable('Snowflake');
  return judgeAnswer('snowflake', {
    // 401002 is the driver's own word for any HTTP status.
    ...(String(error.code) === '401002' ? {} : { code: String(error.code) }),
    ...(status === undefined ? {} : { status }),
  });
}

/** Ends the session, so that none is left open there; it is not waited for long, and what comes of it is of no interest. */
function hangUp(connection: Connection): Promise<void> {
  if (!connection.isUp()) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, SIGN_OUT_MS);
    connection.destroy(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

const SIGN_OUT_MS = 500;
