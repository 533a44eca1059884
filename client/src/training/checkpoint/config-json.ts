import { CheckpointError, ManifestError } from '../errors.js';
import type { DeepseekV3Config, Gpt2Config, LlamaConfig, ModelConfig, RopeScaling } from '../manifest.js';
import { Fields } from '../manifest/fields.js';
import { checkModel } from '../manifest/model.js';
import { decimal, only, unsupported, type Json } from './config-json-fields.js';
import { readRope, writeRope } from './config-json-rope.js';

/** Bytes that a config.json may have. */
export const CONFIG_MAX = 1 << 20;

/**
 * The model that a Hugging Face config.json describes, which anybody may have written.
 * @throws CheckpointError `CONFIG_INVALID`, or `CONFIG_UNSUPPORTED` naming the setting that this client does not have
 */
export function decodeConfig(text: string): ModelConfig {
  const model = read(parse(text));
  try {
    return checkModel(new Fields({ model }, ''));
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new CheckpointError('CONFIG_INVALID', `config.json does not describe a model this client can train. ${error.message.split('. Ask')[0]}.`, { cause: error });
  }
}

/** Settings may be anything at all, such as lists so deep that to tell of them is too much. */
function read(c: Json): ModelConfig {
  try {
    const kind = typeof c.model_type === 'string' ? c.model_type : '';
    if (!Object.hasOwn(READERS, kind)) throw unsupported('model_type', c.model_type, `this client trains ${Object.keys(READERS).join(', ')}`);
    return READERS[kind as keyof typeof READERS](c);
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    throw new CheckpointError('CONFIG_INVALID', 'config.json has settings of a kind that no model has. Fetch the checkpoint again.', { cause });
  }
}

/** The config.json of a model; `transformers` 4 and 5 read it. `endOfText`: the token that ends a document. */
export function encodeConfig(model: ModelConfig, endOfText?: number): string {
  const json = model.architecture === 'gpt2' ? gpt2Json(model) : decoderJson(model, endOfText);
  return `${JSON.stringify(json, null, 2)}\n`;
}

const READERS = {
  gpt2(c: Json): Gpt2Config {
    only(c, 'activation_function', 'gelu_new');
    only(c, 'n_inner', 4 * (c.n_embd as number));
    only(c, 'layer_norm_epsilon', 1e-5);
    only(c, 'scale_attn_weights', true);
    only(c, 'scale_attn_by_inverse_layer_idx', false);
    only(c, 'add_cross_attention', false);
    only(c, 'tie_word_embeddings', true);
    const [contextLength, layers, heads, width] = ['n_positions', 'n_layer', 'n_head', 'n_embd'].map((key) => c[key] as number);
    return { architecture: 'gpt2', vocabSize: c.vocab_size as number, contextLength, layers, heads, width };
  },

  llama(c: Json): LlamaConfig {
    only(c, 'attention_bias', false);
    only(c, 'mlp_bias', false);
    const heads = c.num_attention_heads as number;
    return {
      architecture: 'llama',
      ...sizes(c),
      keyValueHeads: (c.num_key_value_heads ?? heads) as number,
      headSize: (c.head_dim ?? (c.hidden_size as number) / heads) as number,
      ...rotary(c),
    };
  },

  deepseek_v3(c: Json): DeepseekV3Config {
    only(c, 'attention_bias', false);
    only(c, 'rope_interleave', true);
    only(c, 'num_key_value_heads', c.num_attention_heads);
    const layers = c.num_hidden_layers as number;
    const dense = (c.first_k_dense_replace ?? 3) as number;
    if (!(dense >= layers)) throw unsupported('first_k_dense_replace', dense, `layers from there on are mixtures of experts, and this client trains dense layers alone (${layers})`);
    return {
      architecture: 'deepseek_v3',
      ...sizes(c),
      ...(c.q_lora_rank === null ? {} : { queryRank: (c.q_lora_rank ?? 1536) as number }),
      keyValueRank: (c.kv_lora_rank ?? 512) as number,
      nopeHeadSize: (c.qk_nope_head_dim ?? 128) as number,
      ropeHeadSize: (c.qk_rope_head_dim ?? 64) as number,
      valueHeadSize: (c.v_head_dim ?? 128) as number,
      ...rotary(c),
    };
  },
};

function sizes(c: Json): { vocabSize: number; contextLength: number; layers: number; heads: number; width: number } {
  const [vocabSize, contextLength, layers, heads, width] =
    ['vocab_size', 'max_position_embeddings', 'num_hidden_layers', 'num_attention_heads', 'hidden_size'].map((key) => c[key] as number);
  return { vocabSize, contextLength, layers, heads, width };
}

function rotary(c: Json): { hiddenWidth: number; normEpsilon: string; ropeTheta: number; ropeScaling?: RopeScaling; tiedEmbeddings: boolean } {
  only(c, 'hidden_act', 'silu');
  only(c, 'attention_dropout', 0);
  only(c, 'quantization_config', null);
  return {
    hiddenWidth: c.intermediate_size as number,
    normEpsilon: decimal('rms_norm_eps', c.rms_norm_eps ?? 1e-6),
    ...readRope(c),
    tiedEmbeddings: (c.tie_word_embeddings ?? false) as boolean,
  };
}

function parse(text: string): Json {
  let value: unknown;
  try {
    if (Buffer.byteLength(text) <= CONFIG_MAX) value = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CheckpointError('CONFIG_INVALID', `config.json is not a JSON object of at most ${CONFIG_MAX} bytes. Fetch the checkpoint again.`);
  }
  return value as Json;
}

function gpt2Json(model: Gpt2Config): Json {
  return {
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    vocab_size: model.vocabSize,
    n_positions: model.contextLength,
    n_ctx: model.contextLength,
    n_embd: model.width,
    n_layer: model.layers,
    n_head: model.heads,
    n_inner: 4 * model.width,
    activation_function: 'gelu_new',
    layer_norm_epsilon: 1e-5,
    initializer_range: 0.02,
    attn_pdrop: 0,
    embd_pdrop: 0,
    resid_pdrop: 0,
    scale_attn_weights: true,
    tie_word_embeddings: true,
    // Tokens are bytes; none of them is set apart, so the zero byte stands for both ends.
    bos_token_id: 0,
    eos_token_id: 0,
    torch_dtype: 'float32',
  };
}

function decoderJson(model: LlamaConfig | DeepseekV3Config, endOfText?: number): Json {
  const llama = model.architecture === 'llama';
  return {
    architectures: [llama ? 'LlamaForCausalLM' : 'DeepseekV3ForCausalLM'],
    model_type: model.architecture,
    vocab_size: model.vocabSize,
    max_position_embeddings: model.contextLength,
    hidden_size: model.width,
    intermediate_size: model.hiddenWidth,
    num_hidden_layers: model.layers,
    num_attention_heads: model.heads,
    ...(llama ? groupedJson(model) : latentJson(model)),
    hidden_act: 'silu',
    rms_norm_eps: Number(model.normEpsilon),
    ...writeRope(model),
    attention_bias: false,
    attention_dropout: 0,
    tie_word_embeddings: model.tiedEmbeddings,
    initializer_range: 0.02,
    use_cache: true,
    bos_token_id: null,
    eos_token_id: endOfText ?? null,
    torch_dtype: 'float32',
  };
}

function groupedJson(model: LlamaConfig): Json {
  return { num_key_value_heads: model.keyValueHeads, head_dim: model.headSize, mlp_bias: false, pretraining_tp: 1 };
}

function latentJson(model: DeepseekV3Config): Json {
  return {
    num_key_value_heads: model.heads,
    q_lora_rank: model.queryRank ?? null,
    kv_lora_rank: model.keyValueRank,
    qk_nope_head_dim: model.nopeHeadSize,
    qk_rope_head_dim: model.ropeHeadSize,
    v_head_dim: model.valueHeadSize,
    rope_interleave: true,
    // No layer is a mixture of experts, and no further token is predicted.
    first_k_dense_replace: model.layers,
    num_nextn_predict_layers: 0,
  };
}
