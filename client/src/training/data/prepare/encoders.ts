import type { Worker } from 'node:worker_threads';
import { DataError } from '../../errors.js';
import type { Tokenizer } from '../../tokenizer/tokenizer.js';
import { startWorker } from '../../worker-thread.js';

/** Texts to tokens, several lots at once; answers come for each lot on its own. */
export interface Encoder {
  /** How many lots keep it busy. */
  readonly lots: number;
  encode(texts: readonly string[]): Promise<readonly Int32Array[]>;
  close(): Promise<void>;
}

/** On this thread, for tokenizers that take no time. */
export class InlineEncoder implements Encoder {
  readonly lots = 1;

  constructor(private readonly tokenizer: Tokenizer) {}

  encode(texts: readonly string[]): Promise<readonly Int32Array[]> {
    return Promise.resolve(texts.map((text) => this.tokenizer.encode(text)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * A lot is some pieces of 64 Ki characters, which take a fraction of a second each. A tokenizer comes from whoever made
 * the run, and its patterns can be such that no text is ever through: then it is given up.
 */
const LONGEST_MS = 120_000;

interface Thread {
  worker: Worker;
  /** Of the lot it works on. */
  settle?: { resolve: (tokens: readonly Int32Array[]) => void; reject: (error: Error) => void; timer: NodeJS.Timeout };
}

/** On threads, each with the tokenizer for itself; started as there is work for them. */
export class ThreadedEncoder implements Encoder {
  readonly lots: number;
  private readonly idle: Thread[] = [];
  private readonly threads: Thread[] = [];
  private readonly waiting: { resolve: (thread: Thread) => void; reject: (error: Error) => void }[] = [];
  private broken: Error | undefined;

  /** @param bytes of the tokenizer.json */
  constructor(private readonly bytes: Uint8Array, private readonly endOfText: number | undefined, private readonly count: number) {
    this.lots = 2 * count;
  }

  async encode(texts: readonly string[]): Promise<readonly Int32Array[]> {
    if (this.broken) throw this.broken;
    const thread = this.idle.pop() ?? (this.threads.length < this.count ? this.start() : undefined) ?? (await new Promise<Thread>((resolve, reject) => this.waiting.push({ resolve, reject })));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => void this.fail(thread, new DataError('TOKENIZER_INVALID', 'The tokenizer does not get through this text: its patterns never end.')), LONGEST_MS);
      thread.settle = { resolve, reject, timer };
      thread.worker.postMessage(texts);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => this.fail(thread, new Error('the encoder is closed'))));
  }

  private start(): Thread {
    const thread: Thread = { worker: startWorker(new URL('./encoder-worker', import.meta.url), { bytes: this.bytes, endOfText: this.endOfText ?? null }) };
    this.threads.push(thread);
    thread.worker.on('message', ({ tokens, lengths }: { tokens: Int32Array; lengths: number[] }) => {
      const { settle } = thread;
      thread.settle = undefined;
      clearTimeout(settle?.timer);
      const next = this.waiting.shift();
      if (next) next.resolve(thread);
      else this.idle.push(thread);
      let at = 0;
      settle?.resolve(lengths.map((length) => tokens.subarray(at, (at += length))));
    });
    thread.worker.on('error', (error) => void this.fail(thread, error));
    return thread;
  }

  /** One thread's failure is the end of all: what it worked on is missing. */
  private async fail(thread: Thread, error: Error): Promise<void> {
    this.broken ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(error);
    clearTimeout(thread.settle?.timer);
    thread.settle?.reject(error);
    thread.settle = undefined;
    await thread.worker.terminate();
  }
}
