import { defineAction } from '@sophia/core/definition/action';
import { boolean, choice, duration, names, text } from '@sophia/core/definition/input';

/** Inputs and outputs of mcp-orchestrate (contract, section 3). */
export const definition = defineAction({
  name: 'mcp-orchestrate',
  title: 'Sophia MCP orchestrate',
  description:
    'Starts a fleet of MCP servers in the order of their needs, proves each healthy by protocol, restarts what dies, and stops all of it at the end of the job.',
  branding: { icon: 'share-2', color: 'green' },
  post: true,
  needsConfiguration: (read) => read('registry') === '',
  inputs: {
    mode: choice(['start', 'status', 'stop', 'restart', 'validate', 'standardise'], {
      description:
        '`start` the fleet and wait until it is healthy; ask its `status`; `stop` or `restart` it; `validate` registry and configuration without starting anything; `standardise` proposes corrections of both (`write` makes them).',
      default: 'start',
    }),
    'dry-run': boolean({
      description:
        'Print what would be done (of a start the order, waves, critical path, time bound); start, stop and write nothing.',
      default: 'false',
    }),
    registry: text({
      description:
        'A port registry or an `.mcp.json`-like file, instead of `mcp.registry` of the configuration. One whose entries have commands needs no configuration.',
    }),
    servers: names({
      description: 'The servers that are meant; what they need is started with them. Default: all.',
    }),
    write: boolean({
      description: 'With `standardise`: make the corrections instead of proposing them.',
      default: 'false',
    }),
    'max-lifetime': duration({
      description: 'The fleet ends after this time at the latest.',
      default: '6h',
    }),
  },
  outputs: {
    healthy: 'How many servers are healthy.',
    total: 'How many servers there are.',
    servers: 'JSON list of the servers: name, status (its state), port, url, pid, restarts.',
    'state-directory':
      'The folder of the fleet: its socket and the logs of the servers. It goes with the fleet.',
    'client-config':
      'Path of an `mcpServers` file for MCP clients: the url or command of each healthy server, secrets as `${NAME}`.',
  },
});
