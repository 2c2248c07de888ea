import { failed, passed } from '@sophia/core/gate/outcome';

import { unknownSocketFault } from '../../http/connect.ts';
import { resolveGuarded } from '../../http/resolver.ts';
import { socketFault } from '../../http/socket-fault.ts';
import type { CheckProbe } from '../probe.ts';

/** Resolves the name as every program of this machine does (hosts file included). */
export const dns: CheckProbe<'dns'> = {
  target: ({ host }) => host,
  async probe({ host }) {
    try {
      const addresses = (await resolveGuarded(host)).map(({ address }) => address);
      return passed(`${host} is ${addresses.slice(0, 3).join(', ')}`, { addresses: addresses.slice(0, 16) });
    } catch (error) {
      return failed(socketFault(error) ?? unknownSocketFault);
    }
  },
};
