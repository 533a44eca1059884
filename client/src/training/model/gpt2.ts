import type { Tensor, Tf } from '../backends/index.js';
import type { Gpt2Config } from '../manifest.js';
import { operations } from './operations.js';
import type { Architecture, BlockShape, Weights } from './transformer.js';

/** GPT-2's own. */
const LAYER_NORM_EPSILON = 1e-5;

/** GPT-2: pre-norm blocks, causal attention, GELU, learned positions, the head tied to the token embedding. */
export function gpt2(tf: Tf, config: Gpt2Config): Architecture {
  const ops = operations(tf);
  const { width, heads, vocabSize } = config;

  function embed(ids: Tensor, at: Weights, { batch, length }: BlockShape): Tensor {
    const positions = tf.slice(at('transformer.wpe.weight'), [0, 0], [length, width]);
    const embedded = tf.add(tf.reshape(tf.gather(at('transformer.wte.weight'), ids as never), [batch, length, width]), positions);
    return tf.reshape(embedded, [batch * length, width]);
  }

  function block(layer: number, x: Tensor, at: Weights, { batch, length }: BlockShape, mask: Tensor): Tensor {
    const h = `transformer.h.${layer}`;
    // Each tidy drops what nobody has kept for the backward pass.
    const between = tf.tidy(() => {
      const a = ops.layerNorm(x, at(`${h}.ln_1.weight`), at(`${h}.ln_1.bias`), LAYER_NORM_EPSILON);
      const qkv = ops.linear(a, at(`${h}.attn.c_attn.weight`), at(`${h}.attn.c_attn.bias`));
      const mixed = ops.attention(qkv, mask, { batch, length, heads, size: width / heads });
      return tf.add(x, ops.linear(mixed, at(`${h}.attn.c_proj.weight`), at(`${h}.attn.c_proj.bias`)));
    });
    return tf.tidy(() => {
      const m = ops.layerNorm(between, at(`${h}.ln_2.weight`), at(`${h}.ln_2.bias`), LAYER_NORM_EPSILON);
      const hidden = ops.gelu(ops.linear(m, at(`${h}.mlp.c_fc.weight`), at(`${h}.mlp.c_fc.bias`)));
      const sum = tf.add(between, ops.linear(hidden, at(`${h}.mlp.c_proj.weight`), at(`${h}.mlp.c_proj.bias`)));
      between.dispose();
      return sum;
    });
  }

  return {
    embed,
    block,
    blockPrefix: (layer) => `transformer.h.${layer}`,
    normalize: (x, at) => ops.layerNorm(x, at('transformer.ln_f.weight'), at('transformer.ln_f.bias'), LAYER_NORM_EPSILON),
    head: 'transformer.wte.weight',
    loss(x, head, targets) {
      const wanted = tf.cast(tf.oneHot(tf.tensor1d(targets, 'int32'), vocabSize), 'float32');
      return ops.crossEntropy(tf.matMul(x, head, false, true), wanted);
    },
    dispose() {},
  };
}
