import type { DeepseekV3Config, Gpt2Config, LlamaConfig, ModelConfig } from '../manifest.js';

export type { ModelConfig } from '../manifest.js';

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

type Add = (name: string, shape: number[], initial: TensorSpec['initial']) => void;

/** A model's tensors in canonical order, with the names, shapes and orientation they have in a Hugging Face folder. */
export function modelLayout(model: ModelConfig): TensorSpec[] {
  const specs: TensorSpec[] = [];
  let offset = 0;
  const add: Add = (name, shape, initial) => {
    const size = shape.reduce((a, b) => a * b, 1);
    specs.push({ name, shape, offset, size, initial });
    offset += size;
  };
  if (model.architecture === 'gpt2') addGpt2(model, add);
  else addDecoder(model, add);
  return specs;
}

export function parameterCount(layout: readonly TensorSpec[]): number {
  const last = layout[layout.length - 1];
  return last.offset + last.size;
}

/** `GPT2LMHeadModel`, whose `Conv1D` weights are stored as [in, out]; the head shares the token embedding. */
function addGpt2(model: Gpt2Config, add: Add): void {
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
}

/** `LlamaForCausalLM` and `DeepseekV3ForCausalLM`, whose `Linear` weights are stored as [out, in]. */
function addDecoder(model: LlamaConfig | DeepseekV3Config, add: Add): void {
  const { width, hiddenWidth } = model;
  add('model.embed_tokens.weight', [model.vocabSize, width], 'normal');
  for (let i = 0; i < model.layers; i++) {
    const layer = `model.layers.${i}`;
    add(`${layer}.input_layernorm.weight`, [width], 'ones');
    if (model.architecture === 'llama') addGroupedAttention(model, `${layer}.self_attn`, add);
    else addLatentAttention(model, `${layer}.self_attn`, add);
    add(`${layer}.post_attention_layernorm.weight`, [width], 'ones');
    add(`${layer}.mlp.gate_proj.weight`, [hiddenWidth, width], 'normal');
    add(`${layer}.mlp.up_proj.weight`, [hiddenWidth, width], 'normal');
    add(`${layer}.mlp.down_proj.weight`, [width, hiddenWidth], 'residual');
  }
  add('model.norm.weight', [width], 'ones');
  if (!model.tiedEmbeddings) add('lm_head.weight', [model.vocabSize, width], 'normal');
}

function addGroupedAttention(model: LlamaConfig, attention: string, add: Add): void {
  const { width, heads, keyValueHeads, headSize } = model;
  add(`${attention}.q_proj.weight`, [heads * headSize, width], 'normal');
  add(`${attention}.k_proj.weight`, [keyValueHeads * headSize, width], 'normal');
  add(`${attention}.v_proj.weight`, [keyValueHeads * headSize, width], 'normal');
  add(`${attention}.o_proj.weight`, [width, heads * headSize], 'residual');
}

function addLatentAttention(model: DeepseekV3Config, attention: string, add: Add): void {
  const { width, heads, queryRank, keyValueRank, nopeHeadSize, ropeHeadSize, valueHeadSize } = model;
  const querySize = heads * (nopeHeadSize + ropeHeadSize);
  if (queryRank === undefined) {
    add(`${attention}.q_proj.weight`, [querySize, width], 'normal');
  } else {
    add(`${attention}.q_a_proj.weight`, [queryRank, width], 'normal');
    add(`${attention}.q_a_layernorm.weight`, [queryRank], 'ones');
    add(`${attention}.q_b_proj.weight`, [querySize, queryRank], 'normal');
  }
  add(`${attention}.kv_a_proj_with_mqa.weight`, [keyValueRank + ropeHeadSize, width], 'normal');
  add(`${attention}.kv_a_layernorm.weight`, [keyValueRank], 'ones');
  add(`${attention}.kv_b_proj.weight`, [heads * (nopeHeadSize + valueHeadSize), keyValueRank], 'normal');
  add(`${attention}.o_proj.weight`, [width, heads * valueHeadSize], 'residual');
}
