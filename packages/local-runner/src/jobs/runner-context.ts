import type { JobDirectories, JobState } from './job-state.ts';

const OS_NAMES: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };
const ARCH_NAMES: Readonly<Record<string, string>> = { x64: 'X64', arm64: 'ARM64', ia32: 'X86', arm: 'ARM' };

/** The `runner` context, in the words of the real runner. */
export function runnerContext(directories: JobDirectories, debug: boolean): JobState['fixed']['runner'] {
  return {
    name: 'local-runner',
    os: OS_NAMES[process.platform] ?? process.platform,
    arch: ARCH_NAMES[process.arch] ?? process.arch,
    environment: 'self-hosted',
    temp: directories.temp,
    tool_cache: directories.toolCache,
    workspace: directories.root,
    ...(debug ? { debug: '1' } : {}),
  };
}
