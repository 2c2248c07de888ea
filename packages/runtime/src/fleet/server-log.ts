import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

import { createStreamRedactor } from '@sophia/core/secrets/redact';
import type { StreamRedactor } from '@sophia/core/secrets/redact';

/** A log is moved aside once at this size, so that a server takes twice this much of the disk at most. */
const LARGEST_BYTES = 2 * 1024 * 1024;
/** A server may write so much a second; what is more is drained, counted and dropped. */
const BYTES_A_SECOND = 1024 * 1024;
const TAIL_LINES = 20;
const LONGEST_LINE = 300;

/** The output of one server: drained always, kept in a file that is capped and redacted. */
export class ServerLog {
  private readonly path: string;
  private readonly masks: readonly string[];
  private file: number | undefined;
  private size = 0;
  private windowStartMs = 0;
  private windowBytes = 0;
  private dropped = 0;
  private lost = 0;
  private readonly streams = new Map<
    string,
    { decoder: StringDecoder; redactor: StreamRedactor; cut: boolean }
  >();
  private lines: string[] = [];
  private partial = '';
  private isClosed = false;

  /** @param masks what must not be seen, in all its forms */
  constructor(path: string, masks: readonly string[]) {
    this.path = path;
    this.masks = masks;
    this.open();
  }

  /** Bytes of its output that could not be written: the disk is full, or the folder is gone. */
  get lostBytes(): number {
    return this.lost;
  }

  /** The last lines, shortened, without the colours of a terminal. */
  get tail(): readonly string[] {
    return [...this.lines, this.partial].filter((line) => line !== '').slice(-TAIL_LINES);
  }

  /** Takes a piece of output; never throws: a full disk must not stop a server. */
  write(stream: string, chunk: Buffer): void {
    const state = this.streamOf(stream);
    if (this.isOverBudget(chunk.length)) {
      // A mask may begin in what was kept and end in what is dropped: neither of the pieces is shown.
      this.streams.set(stream, { ...this.fresh(), cut: true });
      return;
    }
    let text = state.decoder.write(chunk);
    if (state.cut) {
      const lineBreak = text.indexOf('\n');
      if (lineBreak === -1) return;
      text = text.slice(lineBreak + 1);
      state.cut = false;
    }
    this.keep(state.redactor.push(text));
  }

  /** A line of ours among the server's. */
  note(line: string): void {
    this.append(`--- ${line}\n`);
  }

  /** Writes what was held back; a new process of the server begins anew. */
  flush(): void {
    for (const { redactor } of this.streams.values()) this.keep(redactor.end());
    this.streams.clear();
    this.reportDropped();
  }

  /** Forgets the tail, so that a new process is not blamed for the words of the one before. */
  forgetTail(): void {
    this.lines = [];
    this.partial = '';
  }

  close(): void {
    this.flush();
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
    this.isClosed = true;
  }

  private streamOf(stream: string) {
    const known = this.streams.get(stream) ?? this.fresh();
    this.streams.set(stream, known);
    return known;
  }

  private fresh() {
    return { decoder: new StringDecoder('utf8'), redactor: createStreamRedactor(this.masks), cut: false };
  }

  private isOverBudget(bytes: number): boolean {
    const nowMs = performance.now();
    if (nowMs - this.windowStartMs > 1_000) {
      this.windowStartMs = nowMs;
      this.windowBytes = 0;
      this.reportDropped();
    }
    this.windowBytes += bytes;
    if (this.windowBytes <= BYTES_A_SECOND) return false;
    this.dropped += bytes;
    return true;
  }

  private reportDropped(): void {
    if (this.dropped === 0) return;
    const dropped = this.dropped;
    this.dropped = 0;
    this.note(`${dropped} bytes of output were dropped: more than ${BYTES_A_SECOND} a second`);
  }

  private keep(text: string): void {
    if (text === '') return;
    const lines = (this.partial + text).split('\n');
    this.partial = short(lines.pop() ?? '');
    this.lines = [...this.lines, ...lines.slice(-TAIL_LINES).map(short)].slice(-TAIL_LINES);
    this.append(text);
  }

  private append(text: string): void {
    if (this.isClosed) return;
    const bytes = Buffer.from(text);
    let written = 0;
    try {
      if (this.file === undefined) this.open();
      // A disk that is nearly full takes a part and says no error.
      if (this.file !== undefined) written = writeSync(this.file, bytes);
      this.size += written;
      if (this.size > LARGEST_BYTES) this.rotate();
    } catch {
      // The disk is full, or the folder is gone: the pipes are drained all the same, and the report tells it.
    }
    this.lost += bytes.length - written;
  }

  private rotate(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
    renameSync(this.path, `${this.path}.1`);
    this.open();
  }

  private open(): void {
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      this.file = openSync(this.path, 'a', 0o600);
      this.size = statSync(this.path).size;
    } catch {
      this.file = undefined;
    }
  }
}

const short = (line: string) =>
  line.replace(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f]/g, '').slice(0, LONGEST_LINE);
