// What the keys of registries say by their names.

/** @returns a key in one form: `mcpServers`, `mcp-servers` and `MCP_Servers` are `mcp_servers`. */
export const snake = (key: string): string =>
  key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[-\s.]+/g, '_')
    .toLowerCase();

const HOLDER =
  /^(?:mcp_?)?(?:servers?|services?|ports?|port_?(?:allocations?|assignments?|map|registry))$|_(?:servers|services|ports|service_registry)$/;

/** Below such a key numbers are ports: `servers`, `mcpServers`, `port_allocation`, `active_servers`, `services`, ... */
export const isHolder = (key: string): boolean => HOLDER.test(snake(key));

const SETTING =
  /(?:^|_)(?:versions?|interval|timeout|retry|retries|count|size|limit|replicas|offset|delay|total|max|min|ms|seconds|ttl)(?:_|$)/;

/** Numbers of such a key are no ports, where nobody says that they are. */
export const isSetting = (key: string): boolean => SETTING.test(snake(key));

const PLAIN_SETTING =
  /^(?:version|total|count|retries|replicas|(?:port_)?offset)$|(?:^|_)(?:timeout|interval|delay|ms|seconds)$/;

/** Not even among servers is a number of such a key a port. */
export const isPlainSetting = (key: string): boolean => PLAIN_SETTING.test(snake(key));

const ENVIRONMENTS: Readonly<Record<string, string>> = {
  ...{ prod: 'production', production: 'production', stage: 'staging', staging: 'staging' },
  ...{ dev: 'development', development: 'development', test: 'testing', testing: 'testing' },
  ...{ qa: 'qa', local: 'local', preview: 'preview' },
};

/** @returns the environment that a word means; empty where it means none */
export const environmentOf = (word: string): string => ENVIRONMENTS[snake(word)] ?? '';

/** @returns true for two words of one environment: `prod` and `production`. */
export const sameEnvironment = (a: string, b: string): boolean =>
  a === b || (environmentOf(a) !== '' && environmentOf(a) === environmentOf(b));
