import { resolve } from 'node:path';

import type { CheckOf } from '@sophia/core/config/check-schemas';
import { failed, passed } from '@sophia/core/gate/outcome';
import type { Fault } from '@sophia/core/gate/outcome';

import { streamingFetch } from '../../http/streaming-fetch.ts';
import { probeMcp } from '../../mcp/probe-mcp.ts';
import type { McpProbeRequest } from '../../mcp/probe-mcp.ts';
import { badUrl } from '../api-call.ts';
import { childVariables } from '../child-variables.ts';
import { registerHeaders } from '../credentials.ts';
import type { CheckProbe, ProbeContext } from '../probe.ts';

/** The client is loaded before any check is timed, as every SDK is. */
export async function loadMcp(): Promise<CheckProbe<'mcp'>> {
  await import('@modelcontextprotocol/client');
  return mcp;
}

/** Handshake of either protocol era, a sign of life, and the tools that must be there. */
const mcp: CheckProbe<'mcp'> = {
  target: (check) => check.url,
  async probe(check, context) {
    if (check.transport !== 'stdio' && !URL.canParse(check.url ?? '')) return failed(badUrl(check.url ?? ''));
    registerHeaders(check.headers, context);
    let transport: Fault | undefined;
    const note = (fault: Fault) => {
      transport = fault;
    };
    const result = await probeMcp(requestOf(check, context, note));
    const details = { ...result.facts };
    if (!result.ok)
      return failed(result.facts === undefined ? (transport ?? result.fault) : result.fault, details);
    return passed(`handshake held, ${result.facts.tools.length} tools`, details);
  },
};

function requestOf(
  check: CheckOf<'mcp'>,
  context: ProbeContext,
  onFault: (fault: Fault) => void,
): McpProbeRequest {
  const { session, signal, timeoutMs, variables } = context;
  const common = { timeoutMs, signal, expect: { tools: check.tools, minTools: check['min-tools'] } };
  if (check.transport === 'stdio') {
    return {
      ...common,
      transport: 'stdio',
      command: check.command ?? [],
      directory: resolve(session.directory),
      variables: childVariables(context, { env: {}, secrets: [] }),
    };
  }
  const { transport, headers, url = '' } = check;
  return { ...common, transport, url, headers, fetch: streamingFetch({ signal, variables, onFault }) };
}
