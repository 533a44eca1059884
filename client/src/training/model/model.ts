import type { Backend, Tensor } from '../backends/index.js';
import { deepseekV3 } from './deepseek-v3.js';
import { gpt2 } from './gpt2.js';
import type { ModelConfig, TensorSpec } from './layout.js';
import { llama } from './llama.js';
import { Transformer, type Architecture } from './transformer.js';

/** A run's model as functions of its parameter tensors, which are in the layout's order. */
export interface Model {
  readonly config: ModelConfig;
  readonly options: ModelOptions;
  readonly layout: readonly TensorSpec[];
  /** The flat parameters as tensors on the backend; the caller disposes of them. */
  upload(parameters: Float32Array): Tensor[];
  /**
   * Logits [batch·length, vocab] of token rows of equal length, or [rows.length, vocab] of those positions alone.
   * @throws TrainingError `TOKEN_OUT_OF_RANGE`
   */
  logits(parameters: readonly Tensor[], tokens: Int32Array, batch: number, length: number, rows?: Int32Array): Tensor;
  /**
   * Mean loss in nats per token of sequences that carry their targets (length + 1 tokens each): a scalar with gradients.
   * @throws TrainingError `TOKEN_OUT_OF_RANGE`
   */
  loss(parameters: readonly Tensor[], sequences: readonly Int32Array[]): Tensor;
  dispose(): void;
}

export interface ModelOptions {
  /** The token that ends a document: attention does not look past the last one. Absent: it sees the whole sequence. */
  separator?: number;
  /** Keep the input of each block alone for the backward pass and compute the rest again: a third more work, far less memory. */
  recompute?: boolean;
}

export function createModel(backend: Backend, config: ModelConfig, options: ModelOptions = {}): Model {
  return new Transformer(backend, config, architectureOf(backend, config), options);
}

function architectureOf({ tf }: Backend, config: ModelConfig): Architecture {
  switch (config.architecture) {
    case 'gpt2':
      return gpt2(tf, config);
    case 'llama':
      return llama(tf, config);
    case 'deepseek_v3':
      return deepseekV3(tf, config);
  }
}
