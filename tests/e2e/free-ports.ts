import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * Ports that were free a moment ago, taken together, so that none is given twice: for programs that cannot take one by
 * themselves and tell which.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((done) =>
          server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)),
        ),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** @returns a port that was free a moment ago */
export const freePort = async (): Promise<number> => (await freePorts(1))[0] ?? 0;
