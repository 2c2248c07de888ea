import { createHash } from 'node:crypto';

/** A file's place in a tree: mode as git writes it, e.g. `100644` (file) or `040000` (folder). */
export type TreeEntry = { readonly path: string; readonly mode: string; readonly sha: string };

/** Who made a commit, and when (ISO 8601). */
export type Person = { readonly name: string; readonly email: string; readonly date: string };

/** A commit's content. */
export type Commit = {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: Person;
  readonly committer: Person;
};

/** Git objects by their real SHA-1 names, and refs by full name (`refs/heads/main`). */
export type GitDatabase = {
  readonly refs: Map<string, string>;
  readonly writeBlob: (content: Buffer) => string;
  readonly writeTree: (entries: readonly TreeEntry[]) => string;
  readonly writeCommit: (commit: Commit) => string;
  /** Writes files by path, with the trees they need, on top of the tree `base`; gives the root tree. */
  readonly writeFiles: (files: Readonly<Record<string, Buffer>>, base?: string) => string;
  readonly blob: (sha: string) => Buffer | undefined;
  readonly tree: (sha: string) => readonly TreeEntry[] | undefined;
  readonly commit: (sha: string) => Commit | undefined;
  /** What lies at a path of a tree; the empty path is the tree itself. */
  readonly lookup: (tree: string, path: string) => TreeEntry | undefined;
  /** Whether `ancestor` is `sha` or lies in its history. */
  readonly isAncestor: (ancestor: string, sha: string) => boolean;
};

/** An empty database in memory. */
export function createGitDatabase(): GitDatabase {
  const blobs = new Map<string, Buffer>();
  const trees = new Map<string, readonly TreeEntry[]>();
  const commits = new Map<string, Commit>();
  const writeBlob = (content: Buffer): string => keep(blobs, objectName('blob', content), content);
  const writeTree = (entries: readonly TreeEntry[]): string => {
    const sorted = entries.toSorted((a, b) => Buffer.compare(sortKey(a), sortKey(b)));
    return keep(trees, objectName('tree', Buffer.concat(sorted.map(encodeEntry))), sorted);
  };
  const writeFiles = (files: Readonly<Record<string, Buffer>>, base?: string): string => {
    const entries = new Map((trees.get(base ?? '') ?? []).map((entry) => [entry.path, entry]));
    const folders = new Map<string, Record<string, Buffer>>();
    for (const [path, content] of Object.entries(files)) {
      const [first = '', ...rest] = path.split('/');
      if (rest.length === 0) entries.set(first, { path: first, mode: '100644', sha: writeBlob(content) });
      else folders.set(first, { ...folders.get(first), [rest.join('/')]: content });
    }
    for (const [path, inner] of folders) {
      const old = entries.get(path);
      entries.set(path, {
        path,
        mode: TREE_MODE,
        sha: writeFiles(inner, old?.mode === TREE_MODE ? old.sha : undefined),
      });
    }
    return writeTree([...entries.values()]);
  };
  const lookup = (tree: string, path: string): TreeEntry | undefined => {
    let found: TreeEntry | undefined = { path: '', mode: TREE_MODE, sha: tree };
    for (const name of path.split('/').filter((one) => one !== '')) {
      found = trees.get(found?.sha ?? '')?.find((entry) => entry.path === name);
    }
    return found;
  };
  const isAncestor = (ancestor: string, sha: string): boolean =>
    ancestor === sha || (commits.get(sha)?.parents ?? []).some((parent) => isAncestor(ancestor, parent));
  return {
    refs: new Map(),
    writeBlob,
    writeTree,
    writeCommit: (commit) => keep(commits, objectName('commit', Buffer.from(commitText(commit))), commit),
    writeFiles,
    blob: (sha) => blobs.get(sha),
    tree: (sha) => trees.get(sha),
    commit: (sha) => commits.get(sha),
    lookup,
    isAncestor,
  };
}

/** The mode of a folder. */
export const TREE_MODE = '040000';

function keep<T>(objects: Map<string, T>, sha: string, value: T): string {
  objects.set(sha, value);
  return sha;
}

function objectName(type: string, content: Buffer): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
}

/** Git sorts folders as if their names ended in a slash. */
function sortKey({ path, mode }: TreeEntry): Buffer {
  return Buffer.from(mode === TREE_MODE ? `${path}/` : path);
}

function encodeEntry({ path, mode, sha }: TreeEntry): Buffer {
  return Buffer.concat([Buffer.from(`${mode.replace(/^0/, '')} ${path}\0`), Buffer.from(sha, 'hex')]);
}

function commitText({ tree, parents, author, committer, message }: Commit): string {
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${personText(author)}`,
    `committer ${personText(committer)}`,
  ];
  return `${lines.join('\n')}\n\n${message}`;
}

function personText({ name, email, date }: Person): string {
  return `${name} <${email}> ${Math.floor(Date.parse(date) / 1_000)} +0000`;
}
