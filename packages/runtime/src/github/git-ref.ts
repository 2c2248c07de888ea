import { SophiaError } from '@sophia/core/errors';

import { statusOf } from './answers.ts';
import type { GitHub, Parameters } from './github.ts';
import type { Clock } from '../ports/clock.ts';

/** The head of a ref: its commit, and the files of that commit by path, each with the SHA of its blob. */
export interface RefHead {
  readonly commit: string;
  readonly files: ReadonlyMap<string, string>;
}

/** A new commit: these files keep their blobs, those get new text. */
export interface RefChange {
  /** Undefined: the ref does not exist yet. */
  readonly parent: RefHead | undefined;
  readonly kept: ReadonlyMap<string, string>;
  readonly written: Readonly<Record<string, string>>;
  readonly message: string;
}

const TRIES = 3;
const RETRY_MS = 1_000;
const FILE_MODE = '100644';

/**
 * One git ref through the Git database API. A ref is moved without force, so a move succeeds only from the head that
 * was read: a compare-and-swap.
 */
export class GitRef {
  readonly #github: GitHub;
  readonly #clock: Clock;
  /** Such as `sophia/production`, below `refs/`. */
  readonly name: string;

  constructor(github: GitHub, clock: Clock, name: string) {
    this.#github = github;
    this.#clock = clock;
    this.name = name;
  }

  /** @returns undefined where the ref does not exist. */
  async read(): Promise<RefHead | undefined> {
    const ref = await this.#get(`GET /repos/{owner}/{repo}/git/ref/${this.name}`, {});
    if (ref === undefined) return undefined;
    const commit = textOf(fieldOf(ref, 'object'), 'sha');
    const found = await this.#get('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', {
      commit_sha: commit,
    });
    const tree = await this.#get('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
      tree_sha: textOf(fieldOf(found, 'tree'), 'sha'),
    });
    return { commit, files: filesOf(tree) };
  }

  async readFile(sha: string): Promise<Buffer> {
    const blob = await this.#get('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', { file_sha: sha });
    return Buffer.from(textOf(blob, 'content'), 'base64');
  }

  /** @returns the new head, or undefined where the ref is no longer where it was read. */
  async move({ parent, kept, written, message }: RefChange): Promise<RefHead | undefined> {
    const tree = await this.#post('POST /repos/{owner}/{repo}/git/trees', {
      tree: [
        ...[...kept].map(([path, sha]) => ({ path, mode: FILE_MODE, type: 'blob', sha })),
        ...Object.entries(written).map(([path, content]) => ({
          path,
          mode: FILE_MODE,
          type: 'blob',
          content,
        })),
      ],
    });
    const made = await this.#post('POST /repos/{owner}/{repo}/git/commits', {
      message,
      tree: textOf(tree, 'sha'),
      parents: parent === undefined ? [] : [parent.commit],
    });
    const sha = textOf(made, 'sha');
    const isMoved = await this.#point(parent, sha);
    return isMoved ? { commit: sha, files: filesOf(tree) } : undefined;
  }

  /** GitHub answers 422 where the move is no fast forward, or where another run made the ref first. */
  async #point(parent: RefHead | undefined, sha: string): Promise<boolean> {
    try {
      if (parent === undefined) {
        await this.#github.request('POST /repos/{owner}/{repo}/git/refs', { ref: `refs/${this.name}`, sha });
      } else {
        const route = `PATCH /repos/{owner}/{repo}/git/refs/${this.name}`;
        await this.#github.request(route, { sha, force: false });
      }
      return true;
    } catch (error) {
      if (statusOf(error) !== 422) throw error;
      return false;
    }
  }

  async #get(route: string, parameters: Parameters): Promise<unknown> {
    try {
      return (await this.#github.request(route, parameters)).data;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Objects are named by their content, so writing one twice does no harm. */
  async #post(route: string, parameters: Parameters): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.#github.request(route, parameters)).data;
      } catch (error) {
        const isTrouble = error instanceof SophiaError && error.code === 'unavailable';
        if (!isTrouble || attempt >= TRIES) throw error;
        await this.#clock.sleep(RETRY_MS * attempt);
      }
    }
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function textOf(value: unknown, name: string): string {
  const text = fieldOf(value, name);
  if (typeof text === 'string') return text;
  throw new SophiaError('protocol', {
    message: `GitHub answered without ${name}`,
    hint: 'see githubstatus.com, and run the job again',
  });
}

function filesOf(tree: unknown): ReadonlyMap<string, string> {
  const entries = fieldOf(tree, 'tree');
  const list: readonly unknown[] = Array.isArray(entries) ? entries : [];
  return new Map(
    list
      .filter((entry) => fieldOf(entry, 'type') === 'blob')
      .map((entry) => [textOf(entry, 'path'), textOf(entry, 'sha')]),
  );
}
