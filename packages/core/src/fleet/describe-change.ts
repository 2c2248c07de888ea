import { formatDuration } from '../duration.ts';
import type { HandshakeFacts } from './fleet-snapshot.ts';
import type { ServerStatus } from './server-status.ts';

/** @returns one line for people about a server that has just changed its state. */
export function describeChange(name: string, status: ServerStatus, handshake: HandshakeFacts | null): string {
  return `${name}: ${status.state}${details(status, handshake)}`;
}

function details(status: ServerStatus, handshake: HandshakeFacts | null): string {
  switch (status.state) {
    case 'healthy': {
      const after = status.readyMs === null ? '' : ` in ${formatDuration(status.readyMs)}`;
      return handshake === null
        ? after
        : `${after} (MCP ${handshake.protocolVersion}, ${handshake.tools.length} ${handshake.tools.length === 1 ? 'tool' : 'tools'})`;
    }
    case 'starting':
      return status.attempts > 1 ? `, attempt ${status.attempts}` : '';
    case 'blocked':
      return ` by ${status.because ?? 'nobody'}`;
    case 'degraded':
      return status.because === null ? `: ${status.fault?.message ?? ''}` : ` because of ${status.because}`;
    case 'crashed':
    case 'failed':
      return `: ${status.fault?.message ?? ''}`;
    case 'pending':
    case 'stopped':
      return '';
  }
}
