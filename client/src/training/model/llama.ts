import type { Tensor, Tf } from '../backends/index.js';
import type { LlamaConfig } from '../manifest.js';
import { attention, headsAtOnce } from './attention.js';
import { decoder } from './decoder.js';
import { decoderOperations } from './decoder-operations.js';
import { Rotations } from './rotations.js';
import type { Architecture, BlockShape, Weights } from './transformer.js';

/** Llama (arXiv 2302.13971, 2307.09288): rotary positions, and several query heads to each head of keys and values. */
export function llama(tf: Tf, config: LlamaConfig): Architecture {
  const ops = decoderOperations(tf);
  const rotations = new Rotations(tf, config, config.headSize, 1 / Math.sqrt(config.headSize));
  const { heads, keyValueHeads } = config;

  function attend(x: Tensor, self: string, at: Weights, shape: BlockShape, mask: Tensor): Tensor {
    const { queries, keys } = rotations.of(shape.length);
    return tf.tidy(() => {
      const q = ops.rotate(ops.linear(x, at(`${self}.q_proj.weight`)), { ...shape, heads }, queries);
      const k = ops.rotate(ops.linear(x, at(`${self}.k_proj.weight`)), { ...shape, heads: keyValueHeads }, keys);
      const v = ops.splitHeads(ops.linear(x, at(`${self}.v_proj.weight`)), { ...shape, heads: keyValueHeads });
      const atOnce = headsAtOnce(shape.batch, shape.length, heads, [heads / keyValueHeads]);
      return ops.linear(attention(tf, [q], [k], v, mask, { ...shape, heads, atOnce }), at(`${self}.o_proj.weight`));
    });
  }

  return decoder(tf, config, attend, () => rotations.dispose());
}
