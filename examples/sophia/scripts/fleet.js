// Phase 5: the fleet is up; prove that its servers do their work, by calling a tool of each that needs no account.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { readFileSync } from 'node:fs';
import { failingPhase, runStep } from '../deploy/step.js';

/** `mcp.port-offset` of .github/sophia.yml. */
const offset = Number(process.env.MCP_PORT_OFFSET ?? 0);

const registry = JSON.parse(
  readFileSync(new URL('../config/unified_mcp_port_registry.json', import.meta.url), 'utf8'),
);
const ports = new Map(Object.values(registry.port_allocation).flatMap(Object.entries));

const TIMEOUT_MS = 10_000;
const table = failingPhase === 'mcp_servers' ? 'dropped_by_mistake' : 'employee';

const calls = [
  ['ai_memory', 'read_graph', {}],
  ['snowflake_admin', 'execute_sql', { sql: `SELECT count(*) AS total FROM ${table}` }],
  ['ui_ux_agent', 'get-time', {}],
  ['lambda_labs_cli', 'get-system-info', {}],
];

async function callTool(server, tool, input) {
  const url = new URL(`http://127.0.0.1:${ports.get(server) + offset}/mcp`);
  const client = new Client({ name: 'sophia-example', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(url);
  await client.connect(transport, { timeout: TIMEOUT_MS });
  try {
    const result = await client.callTool({ name: tool, arguments: input }, { timeout: TIMEOUT_MS });
    const text = result.content.find(({ type }) => type === 'text')?.text ?? '';
    if (result.isError) throw new Error(`${server}: ${tool} failed: ${text.slice(0, 300)}`);
    process.stdout.write(`${server}: ${tool} answered with ${text.length} characters\n`);
  } finally {
    await transport.terminateSession().catch(() => {}); // a server without sessions has none to end
    await client.close();
  }
}

await runStep({
  async verify() {
    await Promise.all(calls.map(([server, tool, input]) => callTool(server, tool, input)));
  },
});
