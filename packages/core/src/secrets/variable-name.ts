/**
 * @returns the variable that a property is exported as unless its rule says otherwise: the path in upper case,
 *   everything that is no letter or digit as one `_` (contract, section 2): `database.password` is
 *   DATABASE_PASSWORD, `keys[0]["a-b"]` is KEYS_0_A_B.
 */
export function variableOf(path: string): string {
  const name = path
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '');
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

const VALID = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Names that decide what a process runs, loads or talks to; whoever sets one of them owns the steps after it.
 * `*` stands for any characters. Compared without regard to case: Windows does not tell the cases apart, and
 * curl reads `http_proxy`.
 */
const TAKEOVER_NAMES = [
  // From notes of incidents: the runner's own, loaders, interpreters, git, proxies.
  ...['PATH', 'NODE_*', 'LD_*', 'DYLD_*', 'BASH_ENV', 'ENV', 'PYTHON*', 'PERL5*', 'GIT_*', '*_PROXY'],
  ...['GITHUB_*', 'RUNNER_*', 'ACTIONS_*', 'INPUT_*', 'STATE_*'],
  // The same for other shells and interpreters.
  ...[
    'SHELLOPTS',
    'BASHOPTS',
    'BASH_FUNC_*',
    'PS4',
    'IFS',
    'PROMPT_COMMAND',
    'ZDOTDIR',
    'COMSPEC',
    'PATHEXT',
  ],
  ...['PERLLIB', 'RUBYOPT', 'RUBYLIB', 'JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS', 'JDK_JAVA_OPTIONS', 'CLASSPATH'],
  ...['DOTNET_STARTUP_HOOKS', 'GCONV_PATH', 'GLIBC_TUNABLES', 'SSH_ASKPASS', 'SUDO_ASKPASS', 'HOME', 'SHELL'],
] as const;

const TAKEOVER = new RegExp(
  `^(?:${TAKEOVER_NAMES.map((name) => name.replaceAll('*', '.*')).join('|')})$`,
  'i',
);

/** Why a variable may not be exported. */
export type NameProblem = 'invalid' | 'takes-over';

/** @returns why no variable of this name may be exported, or undefined. */
export function problemOfName(name: string): NameProblem | undefined {
  if (!VALID.test(name)) return 'invalid';
  return TAKEOVER.test(name) ? 'takes-over' : undefined;
}
