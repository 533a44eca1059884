import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { merkleRoot } from '../../protocol/merkle.js';
import { TrainingError } from '../errors.js';
import { startWorker } from '../worker-thread.js';
import { hashLeaves, leafCount, LEAF_BYTES } from './leaves.js';
import type { HashRequest } from './worker.js';

/** Chunks (256 KiB) that are hashed in one go where there is no worker: some 10 ms. */
const IN_ONE_GO = 64;
/** Up to this many chunks, 2 ms of work, are hashed where they are: asking a thread takes as long. */
const HERE = 8;
/** Below this many chunks a second thread costs more than it saves. */
const WORTH_A_THREAD = 32;

interface Pending {
  resolve: () => void;
  reject: (error: unknown) => void;
}

export interface HashWorkerOptions {
  /** Threads that share the chunks of one large state. Default: as many as the machine has cores, at most 2. */
  threads?: number;
  /** The threads' program, for tests. */
  program?: URL;
}

/**
 * The Merkle root over parameters or optimizer state (docs/protocol.md, the parameter hash), computed on threads of its
 * own so that neither gradients nor the network wait for it. Where no thread can be started, or one dies, the calling
 * thread does the work itself, in pieces.
 *
 * Bytes in a SharedArrayBuffer are hashed where they lie, and must not change before the root is there. Others are
 * copied first (a memcpy, 0.1 ms per MB) and may change at once.
 */
export class HashWorker {
  private readonly workers: Worker[] = [];
  private readonly pending = new Map<number, Pending>();
  private readonly threads: number;
  private readonly program: URL | undefined;
  private started = false;
  private broken = false;
  private closed = false;
  private nextId = 0;
  /** Takes the copies, one state at a time; kept, since making and clearing it costs as much as filling it. */
  private scratch: Uint8Array = new Uint8Array(0);
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: HashWorkerOptions = {}) {
    this.threads = Math.max(1, options.threads ?? Math.min(2, availableParallelism()));
    this.program = options.program;
  }

  /**
   * `parameterRoot` of the bytes. Roots asked for together are computed one after the other.
   * @throws TrainingError `HASHING_CLOSED`; the signal's reason
   */
  async root(bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    const leaves = await this.leaves(bytes, signal);
    return merkleRoot(Array.from({ length: leaves.length / LEAF_BYTES }, (_, i) => leaves.slice(i * LEAF_BYTES, (i + 1) * LEAF_BYTES)));
  }

  /**
   * The leaf hashes of the bytes, one after the other.
   * @throws TrainingError `HASHING_CLOSED`; the signal's reason
   */
  async leaves(bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    if (this.closed) throw closedError();
    // A copy is made now, before the caller goes on; while another one is in use, into memory of its own.
    const shared = bytes.buffer instanceof SharedArrayBuffer ? bytes : this.copy(bytes);
    const turn = this.turn.then(() => this.compute(shared, signal));
    this.turn = turn.catch(() => {}).finally(() => this.release(shared));
    return turn;
  }

  /** Whether threads have been started and none has failed. */
  get threaded(): boolean {
    return this.started && !this.broken;
  }

  /** Ends the threads. Roots still under way are given up. */
  async close(): Promise<void> {
    this.closed = true;
    this.fail(closedError());
    await Promise.all(this.workers.splice(0).map((worker) => worker.terminate()));
  }

  private copy(bytes: Uint8Array): Uint8Array {
    const spare = this.scratch.length >= bytes.length ? this.scratch : new Uint8Array(new SharedArrayBuffer(bytes.length));
    this.scratch = new Uint8Array(0);
    spare.set(bytes);
    return spare.subarray(0, bytes.length);
  }

  private release(used: Uint8Array): void {
    if (used.buffer.byteLength > this.scratch.length) this.scratch = new Uint8Array(used.buffer);
  }

  private async compute(bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    if (this.closed) throw closedError();
    const count = leafCount(bytes.length);
    const leaves = new Uint8Array(new SharedArrayBuffer(count * LEAF_BYTES));
    if (count <= HERE || !(await this.byThreads(bytes, leaves, count))) await hashHere(bytes, leaves, count, signal);
    signal?.throwIfAborted();
    return leaves;
  }

  /** @returns whether the threads did it */
  private async byThreads(bytes: Uint8Array, leaves: Uint8Array, count: number): Promise<boolean> {
    this.start();
    if (this.broken) return false;
    const parts = Math.max(1, Math.min(this.workers.length, Math.floor(count / WORTH_A_THREAD)));
    try {
      await Promise.all(
        Array.from({ length: parts }, (_, i) => {
          const [first, end] = [Math.floor((i * count) / parts), Math.floor(((i + 1) * count) / parts)];
          return this.ask(this.workers[i], { id: this.nextId++, bytes, leaves, first, end });
        }),
      );
      return true;
    } catch (error) {
      if (this.closed) throw error;
      return false;
    }
  }

  private ask(worker: Worker, request: HashRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      // A process with nothing else to do ends although threads wait for work, but not while they have some.
      worker.ref();
      this.pending.set(request.id, { resolve, reject });
      worker.postMessage(request);
    });
  }

  private start(): void {
    if (this.started) return;
    this.started = true;
    try {
      for (let i = 0; i < this.threads; i++) {
        const worker = this.program === undefined ? startWorker(new URL('./worker', import.meta.url)) : new Worker(this.program);
        this.workers.push(worker);
        worker.unref();
        worker.on('message', (id: number) => {
          this.pending.get(id)?.resolve();
          this.pending.delete(id);
          if (this.pending.size === 0) for (const each of this.workers) each.unref();
        });
        worker.on('error', (error) => this.fail(error));
        worker.on('exit', () => this.fail(new Error('the hashing thread ended')));
      }
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.broken = true;
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}

async function hashHere(bytes: Uint8Array, leaves: Uint8Array, count: number, signal?: AbortSignal): Promise<void> {
  for (let first = 0; first < count; first += IN_ONE_GO) {
    hashLeaves(bytes, first, Math.min(count, first + IN_ONE_GO), leaves);
    await setImmediate();
    signal?.throwIfAborted();
  }
}

const closedError = (): TrainingError => new TrainingError('HASHING_CLOSED', 'Hashing was stopped: the client is shutting down.');
