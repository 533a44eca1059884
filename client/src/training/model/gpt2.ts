import type { Backend, Tensor, Tf } from '../backends/index.js';
import type { ModelConfig, TensorSpec } from './layout.js';
import { operations, type Operations } from './operations.js';

/** GPT-2's own. */
const LAYER_NORM_EPSILON = 1e-5;

/** Very negative instead of −∞, so that no kernel ever computes ∞ − ∞. */
const MASKED = -1e9;

/**
 * A GPT-2 of the run's sizes as functions of its parameter tensors (in the layout's order): pre-norm blocks, causal
 * attention, GELU, learned positions, the head tied to the token embedding.
 */
export class Gpt2 {
  private readonly tf: Tf;
  private readonly ops: Operations;
  private readonly position = new Map<string, number>();
  private readonly masks = new Map<number, Tensor>();

  constructor(backend: Backend, readonly config: ModelConfig, readonly layout: readonly TensorSpec[]) {
    this.tf = backend.tf;
    this.ops = operations(backend.tf);
    layout.forEach((spec, i) => this.position.set(spec.name, i));
  }

  /** Views of the flat parameters as tensors on the backend; the caller disposes of them. */
  upload(parameters: Float32Array): Tensor[] {
    return this.layout.map((spec) => this.tf.tensor(parameters.subarray(spec.offset, spec.offset + spec.size), spec.shape as number[], 'float32'));
  }

  /** Logits [batch·length, vocab] of token rows of equal length. */
  logits(parameters: readonly Tensor[], tokens: Int32Array, batch: number, length: number): Tensor {
    const { tf, ops } = this;
    const { width, layers, heads } = this.config;
    const at = (name: string): Tensor => parameters[this.position.get(name)!];
    const wte = at('transformer.wte.weight');
    const ids = tf.tensor1d(tokens, 'int32');
    const positions = tf.slice(at('transformer.wpe.weight'), [0, 0], [length, width]);
    const embedded = tf.add(tf.reshape(tf.gather(wte, ids), [batch, length, width]), positions);
    let x = tf.reshape(embedded, [batch * length, width]);
    for (let i = 0; i < layers; i++) {
      const h = `transformer.h.${i}`;
      const a = ops.layerNorm(x, at(`${h}.ln_1.weight`), at(`${h}.ln_1.bias`), LAYER_NORM_EPSILON);
      const qkv = ops.linear(a, at(`${h}.attn.c_attn.weight`), at(`${h}.attn.c_attn.bias`));
      const mixed = ops.attention(qkv, this.mask(length), { batch, length, heads, size: width / heads });
      x = tf.add(x, ops.linear(mixed, at(`${h}.attn.c_proj.weight`), at(`${h}.attn.c_proj.bias`)));
      const m = ops.layerNorm(x, at(`${h}.ln_2.weight`), at(`${h}.ln_2.bias`), LAYER_NORM_EPSILON);
      const hidden = ops.gelu(ops.linear(m, at(`${h}.mlp.c_fc.weight`), at(`${h}.mlp.c_fc.bias`)));
      x = tf.add(x, ops.linear(hidden, at(`${h}.mlp.c_proj.weight`), at(`${h}.mlp.c_proj.bias`)));
    }
    const last = ops.layerNorm(x, at('transformer.ln_f.weight'), at('transformer.ln_f.bias'), LAYER_NORM_EPSILON);
    return tf.matMul(last, wte, false, true);
  }

  /** Mean loss in nats per token of sequences that carry their targets (length + 1 tokens each). */
  loss(parameters: readonly Tensor[], sequences: readonly Int32Array[]): Tensor {
    const { inputs, targets, length } = splitTargets(sequences);
    const logits = this.logits(parameters, inputs, sequences.length, length);
    const wanted = this.tf.cast(this.tf.oneHot(this.tf.tensor1d(targets, 'int32'), this.config.vocabSize), 'float32');
    return this.ops.crossEntropy(logits, wanted);
  }

  dispose(): void {
    for (const mask of this.masks.values()) mask.dispose();
    this.masks.clear();
  }

  private mask(length: number): Tensor {
    let mask = this.masks.get(length);
    if (!mask) {
      const values = new Float32Array(length * length);
      for (let i = 0; i < length; i++) values.fill(MASKED, i * length + i + 1, (i + 1) * length);
      mask = this.tf.keep(this.tf.tensor(values, [1, length, length]));
      this.masks.set(length, mask);
    }
    return mask;
  }
}

function splitTargets(sequences: readonly Int32Array[]): { inputs: Int32Array; targets: Int32Array; length: number } {
  const length = sequences[0].length - 1;
  const inputs = new Int32Array(sequences.length * length);
  const targets = new Int32Array(sequences.length * length);
  sequences.forEach((sequence, i) => {
    inputs.set(sequence.subarray(0, length), i * length);
    targets.set(sequence.subarray(1), i * length);
  });
  return { inputs, targets, length };
}
