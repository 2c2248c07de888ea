import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

import { openArtifactStore } from '@sophia/standins/artifact-store';
import { unzipSync } from 'fflate';

/** Files that the contract names: where they lie in an artifact, and where they go under `out/demo/`. */
const COLLECTED: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [
    /(?:^|\/)(esc_setup_report|health_gate_report|mcp_status_report|pr_report)\.json$/,
    (match) => `${match[1] ?? ''}.json`,
  ],
  [/(?:^|\/)logs\/deployments\/([^/]+)$/, (match) => `logs/deployments/${match[1] ?? ''}`],
  [/(?:^|\/)report\/index\.html$/, () => 'report/index.html'],
  [/(?:^|\/)pr_report_comment\.md$/, () => 'comment.md'],
];

/** Artifacts whose single file lies at their root, such as a deployment's report, keep the name of their folder. */
function targetOf(artifact: string, path: string): string | undefined {
  for (const [pattern, name] of COLLECTED) {
    const match = pattern.exec(path);
    if (match !== null) return normalize(name(match));
  }
  const isDeployment = artifact.startsWith('sophia-deploy-phase-') && /\.(jsonl|log|json)$/.test(path);
  return isDeployment ? join('logs/deployments', path.split('/').pop() ?? path) : undefined;
}

/**
 * Brings the reports of a run out of its artifacts, in the order of their upload: the last one of a name stays.
 *
 * @returns the paths that were written, from `outDirectory`
 */
export async function collectArtifacts(
  artifactsFolder: string,
  outDirectory: string,
): Promise<readonly string[]> {
  const store = await openArtifactStore(artifactsFolder);
  const written = new Set<string>();
  for (const artifact of await store.list()) {
    const blob = await store.read(artifact.id);
    if (blob === undefined) continue;
    for (const [path, content] of Object.entries(unzipSync(blob))) {
      const target = path.endsWith('/') ? undefined : targetOf(artifact.name, path);
      if (target === undefined) continue;
      mkdirSync(dirname(join(outDirectory, target)), { recursive: true });
      writeFileSync(join(outDirectory, target), content);
      written.add(target);
    }
  }
  return [...written];
}

/** Joins the step summaries of all jobs to one file, in the order of the jobs. */
export function collectSummaries(runDirectory: string, jobs: readonly string[], target: string): void {
  const folder = join(runDirectory, 'summaries');
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const texts = jobs.flatMap((job) => {
    const file = files.find(
      (name) => name === `${job}.md` || name.endsWith(`.${job}.md`) || name.endsWith(`_${job}.md`),
    );
    return file === undefined ? [] : [`## ${job}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`];
  });
  writeFileSync(target, texts.join('\n'));
}

export function copyIfThere(from: string, to: string): void {
  if (existsSync(from)) copyFileSync(from, to);
}
