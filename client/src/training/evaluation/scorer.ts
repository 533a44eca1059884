import { setImmediate } from 'node:timers/promises';
import type { Backend, Tensor } from '../backends/index.js';
import type { ModelConfig } from '../model/layout.js';
import type { Model } from '../model/model.js';
import type { EncodedPair } from './encode.js';

/** Logits read back at a time: 64 MiB. */
const MAX_LOGITS = 2 ** 24;

/** What a forward pass may take beside the parameters. */
const FORWARD_BYTES = 2 ** 30;

/** Lengths are padded to a multiple of this, so that few masks and buffers are made. */
const PADDING = 16;

/**
 * Scores texts with a model whose parameters lie on a backend. Rows of unlike lengths go through it together, padded
 * behind their ends, where causal attention doesn't look; sums of logarithms are taken in double precision.
 */
export class Scorer {
  private readonly uploaded: Tensor[];
  private readonly microBatch: number;

  /** @param microBatch sequences at a time, or as many as fit */
  constructor(private readonly backend: Backend, private readonly model: Model, parameters: Float32Array, microBatch = 8) {
    this.microBatch = Math.max(1, Math.min(microBatch, Math.floor(FORWARD_BYTES / forwardBytes(model.config))));
    this.uploaded = model.upload(parameters);
  }

  get contextLength(): number {
    return this.model.config.contextLength;
  }

  /** For each pair, log p(continuation | context) in nats: the sum over the continuation's tokens. */
  async logLikelihoods(pairs: readonly EncodedPair[], signal?: AbortSignal): Promise<Float64Array> {
    const result = new Float64Array(pairs.length);
    // Like lengths together: less padding.
    const order = pairs.map((_, i) => i).sort((a, b) => pairs[b].tokens.length - pairs[a].tokens.length || a - b);
    for (let at = 0; at < order.length; ) {
      signal?.throwIfAborted();
      const batch = this.nextBatch(pairs, order, at);
      const sums = await this.score(batch.map((i) => pairs[i]));
      batch.forEach((i, row) => (result[i] = sums[row]));
      at += batch.length;
      this.backend.checkMemory();
      await setImmediate();
    }
    return result;
  }

  /** Mean nats per token of sequences that carry their targets, all of one length. */
  async loss(sequences: readonly Int32Array[], signal?: AbortSignal): Promise<number> {
    let sum = 0;
    for (let at = 0; at < sequences.length; at += this.microBatch) {
      signal?.throwIfAborted();
      const part = sequences.slice(at, at + this.microBatch);
      const value = this.backend.tf.tidy(() => this.model.loss(this.uploaded, part));
      sum += (await value.data())[0] * part.length;
      value.dispose();
      this.backend.checkMemory();
      await setImmediate();
    }
    return sum / sequences.length;
  }

  /** Frees the parameters on the backend; the model stays. */
  dispose(): void {
    for (const tensor of this.uploaded) tensor.dispose();
  }

  private nextBatch(pairs: readonly EncodedPair[], order: readonly number[], at: number): number[] {
    const batch: number[] = [];
    let rows = 0;
    for (const i of order.slice(at, at + this.microBatch)) {
      rows += pairs[i].scored;
      if (batch.length > 0 && rows * this.model.config.vocabSize > MAX_LOGITS) break;
      batch.push(i);
    }
    return batch;
  }

  private async score(pairs: readonly EncodedPair[]): Promise<number[]> {
    const { vocabSize } = this.model.config;
    const longest = Math.max(...pairs.map((p) => p.tokens.length - 1));
    const length = Math.min(this.contextLength, PADDING * Math.ceil(longest / PADDING));
    const tokens = new Int32Array(pairs.length * length);
    const positions: number[] = [];
    const targets: number[] = [];
    pairs.forEach(({ tokens: own, scored }, row) => {
      // The last token is only ever a target.
      tokens.set(own.subarray(0, -1), row * length);
      for (let i = own.length - scored; i < own.length; i++) {
        positions.push(row * length + i - 1);
        targets.push(own[i]);
      }
    });
    const tensor = this.backend.tf.tidy(() => this.model.logits(this.uploaded, tokens, pairs.length, length, Int32Array.from(positions)));
    const logits = (await tensor.data()) as Float32Array;
    tensor.dispose();
    let at = 0;
    return pairs.map(({ scored }) => {
      let sum = 0;
      for (let i = 0; i < scored; i++, at++) sum += logProbability(logits.subarray(at * vocabSize, (at + 1) * vocabSize), targets[at]);
      return sum;
    });
  }
}

function logProbability(logits: Float32Array, target: number): number {
  let peak = -Infinity;
  for (const value of logits) if (value > peak) peak = value;
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - peak);
  return logits[target] - peak - Math.log(sum);
}

/** Bytes of one sequence's intermediate results where none is freed before the end of the pass: more than there are. */
function forwardBytes(config: ModelConfig): number {
  const { width, heads, layers, contextLength } = config;
  const hidden = config.architecture === 'gpt2' ? 4 * width : config.hiddenWidth;
  return 4 * contextLength * layers * (16 * width + 4 * hidden + 3 * heads * contextLength);
}
