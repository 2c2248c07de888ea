import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';

/** A real MCP server on loopback with these tools; `url` is its endpoint, `authorizations` what came with requests. */
export async function startMcpServer(tools: readonly string[]) {
  const authorizations: string[] = [];
  const http = createServer((incoming, outgoing) => {
    authorizations.push(incoming.headers.authorization ?? '');
    const answer = async () => {
      const response = await handle(tools, incoming);
      outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
    };
    void answer();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    authorizations,
    close: async () => {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

async function handle(tools: readonly string[], incoming: IncomingMessage): Promise<Response> {
  // No stream of events beside the answers.
  if (incoming.method !== 'POST') return new Response(null, { status: 405 });
  const server = new McpServer({ name: 'fixture', version: '1.0.0' });
  for (const tool of tools) server.registerTool(tool, {}, () => ({ content: [] }));
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  const headers = incoming.headers as Record<string, string>;
  return transport.handleRequest(
    new Request('http://localhost/mcp', { method: 'POST', headers, body: await text(incoming) }),
  );
}
