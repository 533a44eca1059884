import type { Tensor, Tf } from '../backends/index.js';
import type { DeepseekV3Config } from '../manifest.js';
import { attention, headsAtOnce } from './attention.js';
import { decoder } from './decoder.js';
import { decoderOperations } from './decoder-operations.js';
import { yarnMscale } from './rope.js';
import { RowOrder } from './row-order.js';
import { Rotations } from './rotations.js';
import type { Architecture, BlockShape, Weights } from './transformer.js';

/** Inside attention DeepSeek-V3 normalises with this, whatever the rest of the model uses. */
const LATENT_EPSILON = 1e-6;

/**
 * DeepSeek-V3's multi-head latent attention (arXiv 2405.04434, section 2.1; 2412.19437) with dense feed-forward layers.
 * Scores are a product without positions for each head plus one of rotary parts, where all heads share a key.
 *
 * Checkpoints hold the rows of rotary weights in pairs and mix those of queries, keys and values head by head. Reordering
 * the rows of the weights moves far less than reordering activations, and shared orders leave every product as it was.
 */
export function deepseekV3(tf: Tf, config: DeepseekV3Config): Architecture {
  const ops = decoderOperations(tf);
  const { heads, queryRank, keyValueRank, nopeHeadSize, ropeHeadSize, valueHeadSize } = config;
  const scale = scoreScale(config);
  const rotations = new Rotations(tf, config, ropeHeadSize, scale);
  const queryOrder = new RowOrder(tf, headParts(heads, [nopeHeadSize, pairs(ropeHeadSize)]));
  const keyOrder = new RowOrder(tf, [...sequence(keyValueRank), ...pairs(ropeHeadSize).map((row) => keyValueRank + row)]);
  const valueOrder = new RowOrder(tf, headParts(heads, [nopeHeadSize, valueHeadSize]));

  /** x times the rows of `w` before and from row `at` on, after reordering. */
  function linears(x: readonly [Tensor, Tensor], w: Tensor, order: RowOrder, at: number): [Tensor, Tensor] {
    const [first, second] = tf.split(ops.reorderRows(w, order.order, order.back), [at, w.shape[0] - at], 0);
    return [ops.linear(x[0], first), ops.linear(x[1], second)];
  }

  function attend(x: Tensor, self: string, at: Weights, shape: BlockShape, mask: Tensor): Tensor {
    const rotation = rotations.of(shape.length);
    return tf.tidy(() => {
      const latent = (name: string, t: Tensor): Tensor => ops.rmsNorm(t, at(`${self}.${name}_layernorm.weight`), LATENT_EPSILON);
      const query = queryRank === undefined ? x : latent('q_a', ops.linear(x, at(`${self}.q_a_proj.weight`)));
      const queryWeight = at(`${self}.${queryRank === undefined ? 'q_proj' : 'q_b_proj'}.weight`);
      const [plain, turned] = linears([query, query], queryWeight, queryOrder, heads * nopeHeadSize);
      const [compressed, sharedKey] = linears([x, x], at(`${self}.kv_a_proj_with_mqa.weight`), keyOrder, keyValueRank);
      const kv = latent('kv_a', compressed);
      const [key, value] = linears([kv, kv], at(`${self}.kv_b_proj.weight`), valueOrder, heads * nopeHeadSize);

      const queries = [ops.splitHeads(plain, { ...shape, heads }, scale), ops.rotate(turned, { ...shape, heads }, rotation.queries)];
      const keys = [ops.splitHeads(key, { ...shape, heads }), ops.rotate(sharedKey, { ...shape, heads: 1 }, rotation.keys)];
      const atOnce = headsAtOnce(shape.batch, shape.length, heads, [1, heads]);
      const mixed = attention(tf, queries, keys, ops.splitHeads(value, { ...shape, heads }), mask, { ...shape, heads, atOnce });
      return ops.linear(mixed, at(`${self}.o_proj.weight`));
    });
  }

  return decoder(tf, config, attend, () => {
    rotations.dispose();
    for (const order of [queryOrder, keyOrder, valueOrder]) order.dispose();
  });
}

/** What scores are multiplied with; YaRN's `mscaleAllDim` sharpens them. */
function scoreScale({ nopeHeadSize, ropeHeadSize, ropeScaling }: DeepseekV3Config): number {
  const scale = 1 / Math.sqrt(nopeHeadSize + ropeHeadSize);
  const allDim = ropeScaling?.kind === 'yarn' ? Number(ropeScaling.mscaleAllDim ?? 0) : 0;
  return allDim === 0 ? scale : scale * yarnMscale(Number((ropeScaling as { factor: string }).factor), allDim) ** 2;
}

const sequence = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** Interleaved pairs, first members before second ones: 0, 2, …, 1, 3, … */
function pairs(size: number): number[] {
  return [...sequence(size / 2).map((i) => 2 * i), ...sequence(size / 2).map((i) => 2 * i + 1)];
}

/** Rows that lie head by head, each head's parts side by side, as all heads' first parts, then all heads' second parts. */
function headParts(heads: number, parts: readonly (number | number[])[]): number[] {
  const orders = parts.map((part) => (typeof part === 'number' ? sequence(part) : part));
  const perHead = orders.reduce((sum, order) => sum + order.length, 0);
  let start = 0;
  return orders.flatMap((order) => {
    const from = start;
    start += order.length;
    return sequence(heads).flatMap((head) => order.map((row) => head * perHead + from + row));
  });
}
