import { setImmediate } from 'node:timers/promises';
import type { Backend } from './backends/index.js';
import { TrainingError } from './errors.js';
import { GradientThreads } from './gradient-threads.js';
import { addGradient, clipNorm } from './model/gradient.js';
import type { Model } from './model/model.js';

/**
 * Mean gradients over batches of any size, micro-batch by micro-batch, so that memory is bounded and the event loop has
 * its turn in between.
 */
export class BatchGradient {
  /** The last gradient, flat, in the layout's order. The same array each time. */
  readonly gradient: Float32Array;
  private readonly threads?: GradientThreads;

  /**
   * @param microBatch sequences per forward and backward pass
   * @param clip largest norm; gradients above it are scaled down to it
   */
  constructor(
    private readonly device: Backend,
    private readonly model: Model,
    private readonly microBatch: number,
    private readonly clip: number,
  ) {
    const last = model.layout[model.layout.length - 1];
    this.gradient = new Float32Array(last.offset + last.size);
    if (device.threads > 1) this.threads = new GradientThreads(device.threads, model, this.gradient.length);
  }

  /**
   * Leaves the gradient at `parameters`, which are read before this first waits. @returns the mean loss, nats per token
   * @throws TrainingError `GRADIENT_NOT_FINITE`, `WASM_HEAP_FULL`, `GRADIENT_THREAD`
   */
  async compute(parameters: Float32Array, sequences: readonly Int32Array[], signal?: AbortSignal): Promise<number> {
    this.gradient.fill(0);
    const parts = [...batchesOf(sequences, this.microBatch)];
    const weights = parts.map((part) => part.length / sequences.length);
    // A single part is not worth a thread, and the same on any.
    const loss = await (this.threads && parts.length > 1
      ? this.threads.add(parameters, parts, weights, this.gradient, signal)
      : this.addHere(parameters, parts, weights, signal));
    signal?.throwIfAborted();
    this.limit();
    return loss;
  }

  /** Ends the threads, if there are any. */
  async close(): Promise<void> {
    await this.threads?.close();
  }

  private async addHere(parameters: Float32Array, parts: readonly (readonly Int32Array[])[], weights: readonly number[], signal?: AbortSignal): Promise<number> {
    const { device, model, gradient } = this;
    const uploaded = model.upload(parameters);
    let loss = 0;
    try {
      for (const [i, part] of parts.entries()) {
        signal?.throwIfAborted();
        loss += weights[i] * (await addGradient(device, model, uploaded, part, weights[i], gradient));
        device.checkMemory();
        await turn();
      }
    } finally {
      for (const tensor of uploaded) tensor.dispose();
    }
    return loss;
  }

  /** Refuses a gradient that would poison the optimizer's memory for good, and scales one above the run's limit. */
  private limit(): void {
    const { gradient, clip } = this;
    if (!Number.isFinite(clipNorm(gradient, clip))) {
      throw new TrainingError('GRADIENT_NOT_FINITE', 'The gradient is not finite. Sit this round out; if it happens again, the run\'s learning rate is too high.');
    }
  }
}

/** Runs of at most `size` neighbours. */
function* batchesOf(sequences: readonly Int32Array[], size: number): Generator<readonly Int32Array[]> {
  for (let at = 0; at < sequences.length; at += size) yield sequences.slice(at, at + size);
}

/** Lets sockets and timers have their turn; two turns, since what a socket brings is often handled in the next. */
export async function turn(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
