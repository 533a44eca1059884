import type { Tensor, Tf } from '../backends/index.js';
import type { DeepseekV3Config, LlamaConfig } from '../manifest.js';
import { decoderOperations } from './decoder-operations.js';
import { headLoss } from './head-loss.js';
import type { Architecture, BlockShape, Weights } from './transformer.js';

/** Attention of normalised x [batch·length, width], with its output projection; `self` starts its tensors' names. */
export type Attend = (x: Tensor, self: string, weights: Weights, shape: BlockShape, mask: Tensor) => Tensor;

/** What Llama and dense DeepSeek-V3 have in common: RMSNorm before attention and before SwiGLU, no biases. */
export function decoder(tf: Tf, config: LlamaConfig | DeepseekV3Config, attend: Attend, dispose: () => void): Architecture {
  const ops = decoderOperations(tf);
  const epsilon = Number(config.normEpsilon);

  function block(layer: number, x: Tensor, at: Weights, shape: BlockShape, mask: Tensor): Tensor {
    const name = `model.layers.${layer}`;
    // Each tidy drops what nobody has kept for the backward pass.
    const between = tf.tidy(() => ops.residual(x, attend(ops.rmsNorm(x, at(`${name}.input_layernorm.weight`), epsilon), `${name}.self_attn`, at, shape, mask)));
    return tf.tidy(() => {
      const normal = ops.rmsNorm(between, at(`${name}.post_attention_layernorm.weight`), epsilon);
      const mixed = ops.swiglu(normal, at(`${name}.mlp.gate_proj.weight`), at(`${name}.mlp.up_proj.weight`), at(`${name}.mlp.down_proj.weight`));
      const sum = ops.residual(between, mixed);
      between.dispose();
      return sum;
    });
  }

  return {
    embed: (ids, at) => ops.embed(at('model.embed_tokens.weight'), ids),
    block,
    blockPrefix: (layer) => `model.layers.${layer}`,
    normalize: (x, at) => ops.rmsNorm(x, at('model.norm.weight'), epsilon),
    head: config.tiedEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight',
    loss: (x, head, targets) => headLoss(tf, x, head, targets),
    dispose,
  };
}
