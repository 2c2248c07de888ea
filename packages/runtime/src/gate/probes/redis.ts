import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { failed, passed } from '@sophia/core/gate/outcome';
import type { ProbeResult } from '@sophia/core/gate/outcome';
import { judgeAnswer } from '@sophia/core/gate/service-answers';

import { connectTcp, unknownSocketFault } from '../../http/connect.ts';
import { socketFault } from '../../http/socket-fault.ts';
import { badUrl } from '../api-call.ts';
import { decoded, readCredential } from '../credentials.ts';
import type { CheckProbe } from '../probe.ts';
import { unreadable } from '../service-failure.ts';

const DEFAULT_PORT = 6379;
/** `PONG` and an error are a line each; a peer that sends more of a line is no Redis. */
const LONGEST_LINE = 1_024;

/** A command in RESP, Redis's protocol: an array of strings, so no value can end it early. */
const command = (...words: readonly string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

/** `AUTH` where the URL has a password, then `PING`. Twenty lines of RESP need no library. */
export const redis: CheckProbe<'redis'> = {
  target: (check, variables) => check.url ?? variables['REDIS_URL'],
  async probe(check, context) {
    const given = readCredential(context, check.url, 'REDIS_URL');
    if ('fault' in given) return failed(given.fault, { missing: [given.missing] });
    if (!URL.canParse(given.value)) return failed(badUrl('REDIS_URL'));
    const url = new URL(given.value);
    const [user, password] = [url.username, url.password].map(decoded);
    context.session.host.redaction.add(password ?? '');
    const port = Number(url.port || DEFAULT_PORT);
    const connected = await connectTcp({ host: url.hostname, port, signal: context.signal });
    if ('fault' in connected) return failed(connected.fault);
    const socket = url.protocol === 'rediss:' ? secure(connected.socket, url.hostname) : connected.socket;
    const auth = password ? command('AUTH', ...(user ? [user] : []), password) : '';
    const result = await talk(socket, `${auth}${command('PING')}`, auth === '' ? 1 : 2);
    socket.destroy();
    return result;
  },
};

const secure = (socket: Socket, host: string): Socket =>
  connectTls({ socket, host, servername: isIP(host) === 0 ? host : '' });

/** Sends commands and reads a line for each; the first error, or the last line, decides. */
function talk(socket: Socket, text: string, replies: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    let seen = '';
    socket.on('error', (error) => resolve(failed(socketFault(error) ?? unknownSocketFault)));
    socket.on('close', () => resolve(failed(unreadable('Redis'))));
    socket.on('data', (chunk: Buffer) => {
      seen += chunk.toString('latin1');
      const lines = seen.split('\r\n').slice(0, -1);
      const refusal = lines.find((line) => line.startsWith('-'));
      if (refusal !== undefined)
        resolve(failed(judgeAnswer('redis', { code: refusal.slice(1).split(' ')[0] ?? '' })));
      else if (lines.length >= replies)
        resolve(lines.at(-1) === '+PONG' ? passed('PONG') : failed(unreadable('Redis')));
      else if (seen.length > LONGEST_LINE) resolve(failed(unreadable('Redis')));
    });
    socket.write(text);
  });
}
