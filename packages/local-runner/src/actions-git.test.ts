import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { makeFolder, newFolder, runText } from './test-run.ts';

const AUTHOR = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];

const action = (word: string) => ({
  'say/action.yml':
    'name: Say\ndescription: Says\noutputs: { word: { description: Word } }\nruns: { using: node24, main: main.js }\n',
  'say/main.js': `require('node:fs').appendFileSync(process.env.GITHUB_OUTPUT, 'word=${word}\\n');\n`,
  '.github/workflows/whole.yml': `on: workflow_call
jobs:
  inner:
    runs-on: x
    steps:
      - { id: say, uses: $/say }
      - run: echo "inner \${{ steps.say.outputs.word }}"
`,
});

/** Two releases of an action: v1 and, after it, v2. */
function releases(): { readonly git: string; readonly first: string } {
  const folder = makeFolder({});
  const git = (...args: string[]) =>
    execFileSync('git', [...AUTHOR, ...args], { cwd: folder, encoding: 'utf8' }).trim();
  git('init', '--quiet');
  const release = (word: string, tag: string) => {
    for (const [path, text] of Object.entries(action(word))) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    git('add', '--all');
    git('commit', '--quiet', '-m', tag);
    git('tag', tag);
    return git('rev-parse', 'HEAD');
  };
  const first = release('one', 'v1');
  release('two', 'v2');
  return { git: join(folder, '.git'), first };
}

test('a ref of our actions means that tag or commit, also for what a called workflow uses', async () => {
  const { git, first } = releases();
  const run = await runText(
    `on: push
jobs:
  steps:
    runs-on: x
    steps:
      - { id: tag, uses: ai-cherry/sophia-actions/say@v2 }
      - { id: sha, uses: ai-cherry/sophia-actions/say@${first} }
      - run: echo "\${{ steps.tag.outputs.word }} \${{ steps.sha.outputs.word }}"
  old: { uses: ai-cherry/sophia-actions/.github/workflows/whole.yml@v1 }
  new: { uses: ai-cherry/sophia-actions/.github/workflows/whole.yml@v2 }`,
    {},
    { actionsGit: git },
  );
  expect(run.log('steps')).toContain('two one');
  expect(run.log('old.inner')).toContain('inner one');
  expect(run.log('new.inner')).toContain('inner two');
});

test('a ref that the releases have not is an error at its place, before anything runs', async () => {
  const { git } = releases();
  const run = runText(
    `on: push
jobs:
  j:
    runs-on: x
    steps:
      - { uses: ai-cherry/sophia-actions/say@v3 }
      - { uses: 'ai-cherry/sophia-actions/say@--all' }`,
    {},
    { actionsGit: git },
  );
  await expect(run).rejects.toThrow(
    /w\.yml:6:\d+: there is no ref 'v3'[\s\S]*w\.yml:7:\d+: there is no ref '--all'/,
  );
});

test('a repository that is none is said so', async () => {
  const run = runText(
    'on: push\njobs: { j: { runs-on: x, steps: [{ uses: ai-cherry/sophia-actions/say@v1 }] } }',
    {},
    { actionsGit: newFolder('no-git-') },
  );
  await expect(run).rejects.toThrow("there is no ref 'v1'");
});
