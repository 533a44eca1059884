import type { RunManifest } from '../manifest.js';

export type ModelConfig = RunManifest['model'];

/** One tensor of the model and its place in the flat parameters. */
export interface TensorSpec {
  /** The name in a Hugging Face checkpoint. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Index of its first number in the canonical serialization. */
  readonly offset: number;
  readonly size: number;
  readonly initial: 'ones' | 'zeros' | 'normal' | 'residual' | 'position';
}

/**
 * GPT-2's tensors in canonical order. Names and shapes are those of `GPT2LMHeadModel`, whose `Conv1D` weights are
 * stored as [in, out]; the head shares the token embedding.
 */
export function modelLayout(model: ModelConfig): TensorSpec[] {
  const specs: TensorSpec[] = [];
  let offset = 0;
  const add = (name: string, shape: number[], initial: TensorSpec['initial']): void => {
    const size = shape.reduce((a, b) => a * b, 1);
    specs.push({ name, shape, offset, size, initial });
    offset += size;
  };
  const { width } = model;
  add('transformer.wte.weight', [model.vocabSize, width], 'normal');
  add('transformer.wpe.weight', [model.contextLength, width], 'position');
  for (let i = 0; i < model.layers; i++) {
    const h = `transformer.h.${i}`;
    add(`${h}.ln_1.weight`, [width], 'ones');
    add(`${h}.ln_1.bias`, [width], 'zeros');
    add(`${h}.attn.c_attn.weight`, [width, 3 * width], 'normal');
    add(`${h}.attn.c_attn.bias`, [3 * width], 'zeros');
    add(`${h}.attn.c_proj.weight`, [width, width], 'residual');
    add(`${h}.attn.c_proj.bias`, [width], 'zeros');
    add(`${h}.ln_2.weight`, [width], 'ones');
    add(`${h}.ln_2.bias`, [width], 'zeros');
    add(`${h}.mlp.c_fc.weight`, [width, 4 * width], 'normal');
    add(`${h}.mlp.c_fc.bias`, [4 * width], 'zeros');
    add(`${h}.mlp.c_proj.weight`, [4 * width, width], 'residual');
    add(`${h}.mlp.c_proj.bias`, [width], 'zeros');
  }
  add('transformer.ln_f.weight', [width], 'ones');
  add('transformer.ln_f.bias', [width], 'zeros');
  return specs;
}

export function parameterCount(layout: readonly TensorSpec[]): number {
  const last = layout[layout.length - 1];
  return last.offset + last.size;
}
