import { findCycle } from '../graph.ts';

/** What a repository tells about itself, read from a few files of known names. */
export interface RepositoryFacts {
  /** Commands of the master workflow's jobs, as far as they can be told. */
  readonly pipeline: Readonly<Partial<Record<'setup' | 'quality' | 'security' | 'tests' | 'smoke', string>>>;
  /** Names of variables that look like secrets. */
  readonly secrets: readonly string[];
  /** The Pulumi organisation that its workflow names. */
  readonly organisation: string | undefined;
  /** Path of a registry of MCP ports or servers. */
  readonly registry: string | undefined;
  /** Paths of registries beside that one, which say the same or something else. */
  readonly otherRegistries: readonly string[];
  /** MCP servers that have a folder of their own, and what the original's orchestrator said of them. */
  readonly servers: readonly ServerFacts[];
  /** Where a Pulumi program is, and how what it needs is installed (empty: nothing to install). */
  readonly pulumi: { readonly folder: string; readonly install: string } | undefined;
  /** Path of the Dockerfile of the backend. */
  readonly dockerfile: string | undefined;
  /** Where a project of Vercel is. */
  readonly vercelFolder: string | undefined;
}

/** A server of the repository: how it starts, and its place in the order. */
export interface ServerFacts {
  readonly name: string;
  readonly command: readonly string[];
  readonly priority: number | undefined;
  readonly needs: readonly string[];
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

/** Workflows of the original. */
const WORKFLOWS = [
  '.github/workflows/sophia-master-deployment.yml',
  '.github/workflows/deployment_health_gate.yml',
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
    'infrastructure/package.json',
    'infrastructure/package-lock.json',
    'Pulumi.yaml',
    'frontend/vercel.json',
    'vercel.json',
    'scripts/ci/deployment_health_gate.py',
  ],
  ...['scripts/start_all_mcp_servers.py', 'scripts/deploy_sophia_production.py'],
  ...WORKFLOWS,
];

/** The folder whose files, two levels deep, are listed too: their texts are not read. */
export const SERVERS_FOLDER = 'mcp-servers';

/** The folder whose files are listed too, as far as {@link isRegistry} takes them for one: their texts are not read. */
export const REGISTRIES_FOLDER = 'config';

/** @returns whether a file's name is that of a registry in the wild: `cursor_phase1_mcp_config.json` and the like. */
export const isRegistry = (path: string): boolean => /(^|\/)[\w.-]*mcp[\w.-]*\.json$/i.test(path);

const SECRET_NAME = /^[A-Z][A-Z0-9_]*_(KEY|TOKEN|PASSWORD|SECRET)$/;

/** What a workflow takes from GitHub's secrets. */
const WORKFLOW_SECRET = /\bsecrets\.([A-Za-z_]\w*)/g;

/** They open ESC and GitHub themselves: the first is not needed with OIDC, the second is the job's. */
const NOT_FROM_ESC = new Set(['PULUMI_ACCESS_TOKEN', 'GITHUB_TOKEN']);

/** The health gate of the original listed what it wanted by property path. */
const LISTED_SECRET = /["']([a-z][a-z0-9_]*_(?:key|token|password|secret|account))["']/g;

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
  const workflow = workflowsOf(files);
  const used = (tool: RegExp) => commandOf(workflow, tool);
  const commands = {
    setup: SETUPS.find(([file]) => files.has(file))?.[1] ?? used(/\buv sync\b/),
    quality: script('lint', 'quality', 'check') ?? used(/ruff check|flake8|black --check/),
    security: script('security', 'audit') ?? used(/bandit|pip-audit|semgrep/),
    tests:
      script('test', 'tests') ?? used(/pytest(?!.*smoke)/) ?? (isPython ? 'python -m pytest' : undefined),
    smoke: script('smoke', 'test:smoke') ?? smokeOf(files),
  };
  return Object.fromEntries(Object.entries(commands).filter(([, command]) => command !== undefined));
}

/** The texts of the original's workflows. A caller of ours that took the place of one says nothing of the original. */
const workflowsOf = (files: RepositoryFiles) =>
  WORKFLOWS.map((path) => files.get(path) ?? '')
    .filter((text) => !text.includes('ai-cherry/sophia-actions/'))
    .join('\n');

/** The whole command of an old workflow that runs a tool; what swallowed its failures is left out. */
function commandOf(workflow: string, tool: RegExp): string | undefined {
  const commands = workflow
    .split('\n')
    .filter((line) => tool.test(line) && !/^\s*(#|- name:|name:|uses:)/.test(line))
    .map((line) =>
      line
        .replace(/^\s*(?:- )?(?:run:\s*)?/, '')
        .replace(/\s*\|\|\s*(?:true|echo\b.*|exit 0).*$/, '')
        .trim(),
    );
  // Where it stands in a key of its own, or an expression would be pasted into it, people write it anew.
  return commands.find(
    (command) => command !== '' && !command.includes('${{') && !/^[\w-]+:\s/.test(command),
  );
}

const smokeOf = (files: RepositoryFiles) =>
  files.get('scripts/deploy_sophia_production.py')?.includes('tests/smoke') === true
    ? 'python -m pytest tests/smoke'
    : undefined;

const folderOf = (file: string, folders: readonly string[], files: RepositoryFiles) =>
  folders.find((folder) => files.has(folder === '.' ? file : `${folder}/${file}`));

const vercelFolderOf = (files: RepositoryFiles) => folderOf('vercel.json', ['frontend', '.'], files);

function pulumiOf(files: RepositoryFiles): RepositoryFacts['pulumi'] {
  const folder = folderOf('Pulumi.yaml', ['infrastructure', '.'], files);
  if (folder === undefined) return undefined;
  if (folderOf('package.json', [folder], files) === undefined) return { folder, install: '' };
  const isLocked = folderOf('package-lock.json', [folder], files) !== undefined;
  return { folder, install: isLocked ? 'npm ci' : 'npm install' };
}

function secretsOf(files: RepositoryFiles): readonly string[] {
  const example = `${files.get('.env.example') ?? ''}\n${files.get('.env.template') ?? ''}`;
  const names = example.split('\n').map((line) => line.split('=')[0]?.trim() ?? '');
  const listed = [...(files.get('scripts/ci/deployment_health_gate.py') ?? '').matchAll(LISTED_SECRET)];
  const used = [...workflowsOf(files).matchAll(WORKFLOW_SECRET)].map((match) => match[1] ?? '');
  const paths = [
    ...names.filter((name) => SECRET_NAME.test(name)),
    ...listed.map((match) => match[1] ?? ''),
    ...used.filter((name) => !NOT_FROM_ESC.has(name.toUpperCase())),
    // The step that runs `pulumi` gets it from there.
    ...(pulumiOf(files) === undefined ? [] : ['pulumi_access_token']),
    ...(vercelFolderOf(files) === undefined ? [] : ['vercel_token']),
  ];
  return [...new Set(paths.map((name) => name.toLowerCase()))].sort();
}

/** How a server of such a folder starts: its own main file, by the names that they have in the wild. */
const MAIN_FILES: readonly (readonly [RegExp, string])[] = [
  [/^mcp-servers\/([\w-]+)\/(\1_mcp_server|server|main)\.py$/, 'python'],
  [/^mcp-servers\/([\w-]+)\/(server|index|main)\.m?js$/, 'node'],
];

function serversOf(files: RepositoryFiles): readonly ServerFacts[] {
  const commands = new Map<string, readonly string[]>();
  for (const path of files.keys()) {
    for (const [pattern, program] of MAIN_FILES) {
      const name = pattern.exec(path)?.[1];
      const file = path.split('/').at(-1) ?? '';
      if (name !== undefined && !commands.has(name)) commands.set(name, [program, file]);
    }
  }
  const script = files.get('scripts/start_all_mcp_servers.py') ?? '';
  const names = [...commands.keys()];
  const said = new Map(names.map((name) => [name, wordsAbout(name, names, script)]));
  const servers = [...commands].map(([name, command]) => {
    const words = said.get(name) ?? '';
    const priority = /priority["']?\s*[:=]\s*(\d{1,4})/.exec(words)?.[1];
    const list = /(?:dependencies|depends_on|needs)["']?\s*[:=]\s*[[(]([^\])]*)[\])]/.exec(words)?.[1] ?? '';
    const needs = [...list.matchAll(/["']([\w-]+)["']/g)].map((match) => match[1] ?? '');
    return {
      ...{ name, command, priority: priority === undefined ? undefined : Number(priority) },
      // A server may not need somebody who is not there, or itself.
      needs: needs.filter((need) => need !== name && commands.has(need)),
    };
  });
  const order = new Map(servers.map(({ name, needs }) => [name, needs]));
  return findCycle(order) === undefined ? servers : servers.map((server) => ({ ...server, needs: [] }));
}

/** What the orchestrator's script says of a server: from its name to the next one's, in whatever form it lists them. */
function wordsAbout(name: string, names: readonly string[], script: string): string {
  const entry = (word: string) => new RegExp(`["']${word}["']\\s*[:,)]`).exec(script)?.index;
  const from = entry(name);
  if (from === undefined) return '';
  const ends = names.flatMap((other) => entry(other) ?? []).filter((end) => end > from);
  return script.slice(from, Math.min(script.length, ...ends));
}

/** The original's workflow has it in a variable, a caller of ours as an input. */
function organisationOf(files: RepositoryFiles): string | undefined {
  const texts = WORKFLOWS.map((path) => files.get(path) ?? '').join('\n');
  return /\b(?:PULUMI_ORG|oidc-organization)["']?\s*[:=]\s*["']?([A-Za-z0-9][\w.-]*)/.exec(texts)?.[1];
}

/** @returns what the files tell. */
export function readFacts(files: RepositoryFiles): RepositoryFacts {
  const known = REGISTRIES.filter((path) => files.has(path));
  const others = [...files.keys()].filter(
    (path) => path.startsWith(`${REGISTRIES_FOLDER}/`) && isRegistry(path),
  );
  const [registry, ...otherRegistries] = new Set([...known, ...others.sort()]);
  return {
    pipeline: pipelineOf(files),
    secrets: secretsOf(files),
    organisation: organisationOf(files),
    registry,
    otherRegistries,
    servers: serversOf(files),
    pulumi: pulumiOf(files),
    dockerfile: ['Dockerfile.production', 'Dockerfile'].find((path) => files.has(path)),
    vercelFolder: vercelFolderOf(files),
  };
}
