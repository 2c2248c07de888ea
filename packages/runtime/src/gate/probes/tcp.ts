import { failed, passed } from '@sophia/core/gate/outcome';

import { connectTcp } from '../../http/connect.ts';
import type { CheckProbe } from '../probe.ts';

/** Opens a connection and closes it: no byte is sent. */
export const tcp: CheckProbe<'tcp'> = {
  target: ({ host, port }) => `${host}:${port}`,
  async probe({ host, port }, { signal }) {
    const result = await connectTcp({ host, port, signal });
    if ('fault' in result) return failed(result.fault);
    const { socket } = result;
    const address = socket.remoteAddress ?? host;
    socket.destroy();
    return passed(`connected to ${address} port ${port}`, { address });
  },
};
