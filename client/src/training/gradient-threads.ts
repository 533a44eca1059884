import type { Worker } from 'node:worker_threads';
import { TrainingError } from './errors.js';
import type { GradientReply, GradientRequest, GradientThreadData } from './gradient-thread.js';
import type { Model } from './model/model.js';
import { startWorker } from './worker-thread.js';

interface Thread {
  worker: Worker;
  /** Where it leaves its gradients. */
  gradient: Float32Array;
  answer?: { resolve: (reply: GradientReply) => void; reject: (error: Error) => void };
  ended?: Error;
}

/**
 * Gradients on several threads of the wasm backend, each with a module, a heap and a model of its own: each takes whole
 * micro-batches, and their gradients are added in the micro-batches' order. The sum is the same to the bit as on one
 * thread, which has the same micro-batches and the same order; the calling thread is free meanwhile.
 */
export class GradientThreads {
  private readonly threads: Thread[] = [];
  private readonly parameters: Float32Array;
  private closed = false;

  constructor(private readonly count: number, private readonly model: Model, private readonly size: number) {
    this.parameters = shared(size);
  }

  /**
   * Adds the weighted gradients of the parts at `parameters` to `gradient`. @returns the weighted sum of their losses
   * @throws TrainingError as the work itself does; `GRADIENT_THREAD` where a thread ended
   */
  async add(parameters: Float32Array, parts: readonly (readonly Int32Array[])[], weights: readonly number[], gradient: Float32Array, signal?: AbortSignal): Promise<number> {
    this.parameters.set(parameters);
    this.start(parts.length);
    let loss = 0;
    try {
      for (let at = 0; at < parts.length; at += this.threads.length) {
        signal?.throwIfAborted();
        const together = parts.slice(at, at + this.threads.length);
        // All of them, although one has failed: a thread takes no request while it is at one.
        const replies = await Promise.allSettled(together.map((sequences, i) => this.ask(this.threads[i], { sequences, fresh: at === 0 })));
        for (const [i, reply] of replies.entries()) {
          if (reply.status === 'rejected') throw reply.reason;
          const weight = weights[at + i];
          loss += weight * reply.value;
          const from = this.threads[i].gradient;
          for (let j = 0; j < this.size; j++) gradient[j] += weight * from[j];
        }
      }
    } finally {
      await Promise.allSettled(this.threads.map((thread) => this.ask(thread, { fresh: true })));
    }
    return loss;
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.threads.splice(0).map(({ worker }) => worker.terminate()));
  }

  private start(parts: number): void {
    if (this.closed) throw new TrainingError('GRADIENT_THREAD', 'The engine was given back: open it anew.');
    // One that ended makes room: what it died of may be over.
    for (let i = this.threads.length - 1; i >= 0; i--) if (this.threads[i].ended) this.threads.splice(i, 1);
    const { config, options } = this.model;
    while (this.threads.length < Math.min(this.count, parts)) {
      const gradient = shared(this.size);
      const worker = startWorker(new URL('./gradient-thread', import.meta.url), { config, options, parameters: this.parameters, gradient } satisfies GradientThreadData);
      const thread: Thread = { worker, gradient };
      worker.unref();
      worker.on('message', (reply: GradientReply) => this.settle(thread, (answer) => answer.resolve(reply)));
      worker.on('error', (error) => this.end(thread, error));
      worker.on('exit', () => this.end(thread, new Error('it ended')));
      this.threads.push(thread);
    }
  }

  private async ask(thread: Thread, request: GradientRequest): Promise<number> {
    const reply = await new Promise<GradientReply>((resolve, reject) => {
      if (thread.ended) return reject(threadError(thread.ended));
      thread.answer = { resolve, reject };
      // The process does not end while there is an answer to come.
      thread.worker.ref();
      thread.worker.postMessage(request);
    });
    if ('loss' in reply) return reply.loss;
    throw reply.code ? new TrainingError(reply.code, reply.message) : threadError(new Error(reply.message));
  }

  private end(thread: Thread, error: Error): void {
    thread.ended ??= error;
    this.settle(thread, (answer) => answer.reject(threadError(thread.ended!)));
  }

  private settle(thread: Thread, how: (answer: NonNullable<Thread['answer']>) => void): void {
    const { answer } = thread;
    thread.answer = undefined;
    thread.worker.unref();
    if (answer) how(answer);
  }
}

const shared = (size: number): Float32Array => new Float32Array(new SharedArrayBuffer(4 * size));

const threadError = (cause: Error): TrainingError =>
  new TrainingError('GRADIENT_THREAD', `A thread that computes gradients failed: ${cause.message}. If it happens again, use fewer --threads or a smaller --micro-batch.`, { cause });
