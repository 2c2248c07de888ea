/** What a repository tells about itself, read from a few files of known names. */
export interface RepositoryFacts {
  /** Commands of the master workflow's jobs, as far as they can be told. */
  readonly pipeline: Readonly<Partial<Record<'setup' | 'quality' | 'security' | 'tests' | 'smoke', string>>>;
  /** Names of variables that look like secrets. */
  readonly secrets: readonly string[];
  /** Path of a registry of MCP ports or servers. */
  readonly registry: string | undefined;
  readonly hasPulumiProgram: boolean;
  readonly hasDockerfile: boolean;
  readonly hasVercelProject: boolean;
}

/** Files that are read, where they exist: path from the repository's root to text. */
export type RepositoryFiles = ReadonlyMap<string, string>;

const REGISTRIES = [
  'config/unified_mcp_port_registry.json',
  'config/mcp_ports.json',
  'config/enhanced_mcp_ports.json',
  'config/consolidated_mcp_ports.json',
  'config/mcp_master_port_registry.json',
  'config/production_aligned_mcp_ports.json',
  'config/unified_mcp_config.json',
  '.mcp.json',
  'mcp.json',
  '.cursor/mcp.json',
];

const SETUPS: readonly (readonly [string, string])[] = [
  ['pnpm-lock.yaml', 'npx --yes pnpm install --frozen-lockfile'],
  ['yarn.lock', 'yarn install --immutable'],
  ['package-lock.json', 'npm ci'],
  ['uv.lock', 'uv sync --frozen'],
  ['requirements.txt', 'python -m pip install -r requirements.txt'],
];

/** The paths that {@link readFacts} wants to see. */
export const LOOKED_AT: readonly string[] = [
  ...SETUPS.map(([file]) => file),
  ...REGISTRIES,
  ...[
    'package.json',
    'pyproject.toml',
    '.env.example',
    '.env.template',
    'Dockerfile',
    'Dockerfile.production',
  ],
  ...[
    'infrastructure/Pulumi.yaml',
    'Pulumi.yaml',
    'frontend/vercel.json',
    'vercel.json',
    'scripts/ci/deployment_health_gate.py',
  ],
];

const SECRET_NAME = /^[A-Z][A-Z0-9_]*_(KEY|TOKEN|PASSWORD|SECRET)$/;

/** The health gate of the original listed what it wanted by property path. */
const LISTED_SECRET = /["']([a-z][a-z0-9_]*_(?:key|token|password|secret))["']/g;

function scriptsOf(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    const manifest = JSON.parse(text) as { scripts?: unknown };
    return typeof manifest.scripts === 'object' && manifest.scripts !== null ? { ...manifest.scripts } : {};
  } catch {
    return {};
  }
}

function pipelineOf(files: RepositoryFiles): RepositoryFacts['pipeline'] {
  const scripts = scriptsOf(files.get('package.json'));
  const script = (...names: readonly string[]) => {
    const found = names.find((name) => typeof scripts[name] === 'string');
    return found === undefined ? undefined : found === 'test' ? 'npm test' : `npm run ${found}`;
  };
  const isPython = files.has('pyproject.toml') || files.has('requirements.txt');
  const commands = {
    setup: SETUPS.find(([file]) => files.has(file))?.[1],
    quality: script('lint', 'quality', 'check'),
    security: script('security', 'audit'),
    tests: script('test', 'tests') ?? (isPython ? 'python -m pytest' : undefined),
    smoke: script('smoke', 'test:smoke'),
  };
  return Object.fromEntries(Object.entries(commands).filter(([, command]) => command !== undefined));
}

function secretsOf(files: RepositoryFiles): readonly string[] {
  const example = `${files.get('.env.example') ?? ''}\n${files.get('.env.template') ?? ''}`;
  const names = example.split('\n').map((line) => line.split('=')[0]?.trim() ?? '');
  const listed = [...(files.get('scripts/ci/deployment_health_gate.py') ?? '').matchAll(LISTED_SECRET)];
  const paths = [...names.filter((name) => SECRET_NAME.test(name)), ...listed.map((match) => match[1] ?? '')];
  return [...new Set(paths.map((name) => name.toLowerCase()))].sort();
}

/** @returns what the files tell. */
export function readFacts(files: RepositoryFiles): RepositoryFacts {
  return {
    pipeline: pipelineOf(files),
    secrets: secretsOf(files),
    registry: REGISTRIES.find((path) => files.has(path)),
    hasPulumiProgram: files.has('infrastructure/Pulumi.yaml') || files.has('Pulumi.yaml'),
    hasDockerfile: files.has('Dockerfile') || files.has('Dockerfile.production'),
    hasVercelProject: files.has('frontend/vercel.json') || files.has('vercel.json'),
  };
}
