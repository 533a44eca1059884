import type { Backend, Tensor, Tf } from '../backends/index.js';
import { TrainingError } from '../errors.js';
import { recomputed } from './differentiable.js';
import { modelLayout, type ModelConfig, type TensorSpec } from './layout.js';
import { Masks } from './masks.js';
import type { Model, ModelOptions } from './model.js';

/** A parameter tensor by its name in the layout. */
export type Weights = (name: string) => Tensor;

export interface BlockShape {
  batch: number;
  length: number;
}

/** What tells one family from another. Activations are [batch·length, width]; no function disposes of its arguments. */
export interface Architecture {
  embed(ids: Tensor, weights: Weights, shape: BlockShape): Tensor;
  /** Starts the names of a block's tensors. */
  blockPrefix(layer: number): string;
  block(layer: number, x: Tensor, weights: Weights, shape: BlockShape, mask: Tensor): Tensor;
  /** The last normalisation. */
  normalize(x: Tensor, weights: Weights): Tensor;
  /** The tensor [vocab, width] that gives logits. */
  readonly head: string;
  /** Mean cross-entropy in nats against the targets. */
  loss(x: Tensor, head: Tensor, targets: Int32Array): Tensor;
  dispose(): void;
}

/** A stack of equal blocks between an embedding and a head. */
export class Transformer implements Model {
  readonly layout: readonly TensorSpec[];
  private readonly tf: Tf;
  private readonly position = new Map<string, number>();
  private readonly masks: Masks;
  private readonly blockNames: readonly (readonly string[])[];

  constructor(backend: Backend, readonly config: ModelConfig, private readonly architecture: Architecture, readonly options: ModelOptions) {
    this.tf = backend.tf;
    this.layout = modelLayout(config);
    this.masks = new Masks(backend.tf, options.separator);
    this.layout.forEach((spec, i) => this.position.set(spec.name, i));
    this.blockNames = Array.from({ length: config.layers }, (_, i) => {
      const prefix = `${architecture.blockPrefix(i)}.`;
      return this.layout.filter((spec) => spec.name.startsWith(prefix)).map((spec) => spec.name);
    });
  }

  upload(parameters: Float32Array): Tensor[] {
    // The plain backend keeps the very array it is given, which may change while the tensors are in use.
    const own = this.tf.getBackend() === 'cpu' ? parameters.slice() : parameters;
    return this.layout.map((spec) => this.tf.tensor(own.subarray(spec.offset, spec.offset + spec.size), spec.shape as number[], 'float32'));
  }

  logits(parameters: readonly Tensor[], tokens: Int32Array, batch: number, length: number, rows?: Int32Array): Tensor {
    const { tf } = this;
    return tf.tidy(() => {
      const x = this.hidden(parameters, tokens, batch, length);
      const wanted = rows ? tf.gather(x, tf.tensor1d(rows, 'int32')) : x;
      return tf.matMul(wanted, this.weights(parameters)(this.architecture.head), false, true);
    });
  }

  loss(parameters: readonly Tensor[], sequences: readonly Int32Array[]): Tensor {
    const { inputs, targets, length } = splitTargets(sequences);
    this.checkTokens(targets);
    const x = this.hidden(parameters, inputs, sequences.length, length);
    return this.architecture.loss(x, this.weights(parameters)(this.architecture.head), targets);
  }

  dispose(): void {
    this.masks.dispose();
    this.architecture.dispose();
  }

  /** The last layer's normalised output [batch·length, width]. */
  private hidden(parameters: readonly Tensor[], tokens: Int32Array, batch: number, length: number): Tensor {
    this.checkTokens(tokens);
    if (length > this.config.contextLength) {
      throw new TrainingError('SEQUENCE_TOO_LONG', `A sequence of ${length} tokens is longer than the model's context of ${this.config.contextLength}. Shorten it.`);
    }
    const { architecture, config } = this;
    const weights = this.weights(parameters);
    const shape = { batch, length };
    const mask = this.masks.of(tokens, batch, length);
    let x = architecture.embed(this.tf.tensor1d(tokens, 'int32'), weights, shape);
    for (let i = 0; i < config.layers; i++) {
      const next = this.options.recompute ? this.recomputedBlock(i, x, weights, shape, mask) : architecture.block(i, x, weights, shape, mask);
      // What the backward pass needs of it is kept by whoever needs it.
      x.dispose();
      x = next;
    }
    return architecture.normalize(x, weights);
  }

  private recomputedBlock(layer: number, x: Tensor, weights: Weights, shape: BlockShape, mask: Tensor): Tensor {
    const names = this.blockNames[layer];
    return recomputed(this.tf, [x, ...names.map(weights)], ([x, ...own]) => this.architecture.block(layer, x, (name) => own[names.indexOf(name)], shape, mask));
  }

  private weights(parameters: readonly Tensor[]): Weights {
    return (name) => parameters[this.position.get(name)!];
  }

  /** A kernel that gathers by a wrong index reads whatever lies there. */
  private checkTokens(tokens: Int32Array): void {
    const { vocabSize } = this.config;
    for (const token of tokens) {
      if (token < 0 || token >= vocabSize) {
        throw new TrainingError('TOKEN_OUT_OF_RANGE', `Token ${token} is not in the model's vocabulary of ${vocabSize}. The tokenizer is not this model's.`);
      }
    }
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
