import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { SnowflakeFailure } from './snowflake.ts';
import type { Standin } from './server.ts';

// Else the driver asks cloud metadata addresses and loads a native library.
process.env['SNOWFLAKE_DISABLE_PLATFORM_DETECTION'] = 'true';
process.env['SNOWFLAKE_DISABLE_MINICORE'] = '1';
process.env['SF_TELEMETRY_DISABLE_CONNECTION_SHAPE'] = '1';
const { default: snowflake } = await import('snowflake-sdk');
const { startSnowflake } = await import('./snowflake.ts');
snowflake.configure({ logLevel: 'OFF', additionalLogToConsole: false });

const PASSWORD = 'pw-fake';
const TOKEN = 'pat-fake';
const keys = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
type Credentials = Partial<Parameters<typeof snowflake.createConnection>[0]>;

let standin: Standin<SnowflakeFailure>;
afterEach(() => standin.close());

async function connection(credentials: Credentials) {
  standin = await startSnowflake({
    user: 'svc',
    password: PASSWORD,
    publicKey: keys.publicKey,
    token: TOKEN,
    warehouses: [{ name: 'COMPUTE', state: 'SUSPENDED', autoResume: true }],
  });
  return snowflake.createConnection({
    account: 'acme',
    username: 'svc',
    accessUrl: standin.url,
    timeout: 2_000,
    sfRetryMaxLoginRetries: 1,
    ...credentials,
  });
}

type Connection = Awaited<ReturnType<typeof connection>>;

async function query(connected: Connection, sqlText: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connected.execute({ sqlText, complete: (error, _, rows) => (error ? reject(error) : resolve(rows)) });
  });
}

async function connect(credentials: Credentials): Promise<Connection> {
  const made = await connection(credentials);
  await new Promise<void>((resolve, reject) => made.connect((error) => (error ? reject(error) : resolve())));
  return made;
}

describe('the real driver', () => {
  test.each([
    ['password', { password: PASSWORD }],
    ['key pair', { authenticator: 'SNOWFLAKE_JWT', privateKey: keys.privateKey }],
    ['token', { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: TOKEN }],
  ])('signs in by %s, asks and signs out', async (_, credentials) => {
    const connected = await connect(credentials);
    expect(await query(connected, 'select current_version()')).toEqual([{ 'CURRENT_VERSION()': '9.35.2' }]);
    expect(await query(connected, 'show warehouses')).toMatchObject([
      { name: 'COMPUTE', state: 'SUSPENDED', auto_resume: 'true' },
    ]);
    await new Promise<void>((resolve, reject) =>
      connected.destroy((error) => (error ? reject(error) : resolve())),
    );
    expect(standin.requests.map(({ method, path }) => `${method} ${path.split(/[?&]requestId/)[0]}`)).toEqual(
      [
        'POST /session/v1/login-request',
        'POST /queries/v1/query-request',
        'POST /queries/v1/query-request',
        'POST /session?delete=true',
      ],
    );
  });

  test.each([
    ['a wrong password', { password: 'wrong' }, '390100'],
    ['another user', { username: 'other', password: PASSWORD }, '390100'],
    [
      'a key that is not registered',
      {
        authenticator: 'SNOWFLAKE_JWT',
        privateKey: generateKeyPairSync('rsa', {
          modulusLength: 2_048,
          publicKeyEncoding: { type: 'spki', format: 'pem' },
          privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        }).privateKey,
      },
      '390144',
    ],
    ['a wrong token', { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: 'wrong' }, '394400'],
  ])('is refused with %s, in one attempt', async (_, credentials, code) => {
    await expect(connect(credentials)).rejects.toMatchObject({ code });
    expect(standin.requests).toHaveLength(1);
  });

  test('sees the errors of a query', async () => {
    const connected = await connect({ password: PASSWORD });
    await expect(query(connected, 'drop everything')).rejects.toMatchObject({
      code: '001003',
      sqlState: '42000',
    });
    standin.fail('no_active_warehouse');
    await expect(query(connected, 'select 1')).rejects.toMatchObject({ code: '000606', sqlState: '57P03' });
  });

  test('an account that is locked', async () => {
    const made = await connection({ password: PASSWORD });
    standin.fail('user_locked');
    await expect(
      new Promise<void>((resolve, reject) => made.connect((error) => (error ? reject(error) : resolve()))),
    ).rejects.toMatchObject({ code: '390102' });
  });
});
