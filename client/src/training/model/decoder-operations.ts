import type { Tensor, Tf } from '../backends/index.js';
import { differentiable } from './differentiable.js';

export interface HeadShape {
  batch: number;
  length: number;
  heads: number;
}

export interface Rotation {
  /** [length, size/2] */
  cosine: Tensor;
  sine: Tensor;
}

/** What Llama and DeepSeek-V3 are made of, attention and head apart. */
export interface DecoderOperations {
  /** Rows [ids.length, width] of a table [vocab, width]. */
  embed(table: Tensor, ids: Tensor): Tensor;
  /** x / √(mean x² + ε) · gain over the last axis of x [rows, width]. */
  rmsNorm(x: Tensor, gain: Tensor, epsilon: number): Tensor;
  /** x·wᵀ for x [rows, in], w [out, in]. */
  linear(x: Tensor, w: Tensor): Tensor;
  /** down·(silu(gate·x) ⊙ up·x) of x [rows, width]. */
  swiglu(x: Tensor, gate: Tensor, up: Tensor, down: Tensor): Tensor;
  /** x + y of equal shapes. */
  residual(x: Tensor, y: Tensor): Tensor;
  /** [batch·length, heads·size] as [batch·heads, length, size], times `scale`. */
  splitHeads(x: Tensor, shape: HeadShape, scale?: number): Tensor;
  /** As {@link splitHeads}, the two halves of each head turned against each other by the position's angles. */
  rotate(x: Tensor, shape: HeadShape, by: Rotation): Tensor;
  /** The rows of `w` in another order: `order[i]` is the row that comes i-th, `back` the inverse. */
  reorderRows(w: Tensor, order: Tensor, back: Tensor): Tensor;
}

export function decoderOperations(tf: Tf): DecoderOperations {
  const embed = (table: Tensor, ids: Tensor): Tensor =>
    differentiable(
      tf,
      [table],
      (save) => {
        save([ids]);
        return tf.gather(table, ids as never);
      },
      (dy, [ids]) => [tf.unsortedSegmentSum(dy, ids as never, table.shape[0])],
    );

  const rmsNorm = (x: Tensor, gain: Tensor, epsilon: number): Tensor =>
    differentiable(
      tf,
      [x, gain],
      (save) => {
        const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
        save([x, scale, gain]);
        return tf.mul(tf.mul(x, scale), gain);
      },
      (dy, [x, scale, gain]) => {
        const normal = tf.mul(x, scale);
        const weighted = tf.mul(dy, normal);
        // mean(dy·gain·normal) as a product with the gain, which spares a tensor of x's size.
        const along = tf.div(tf.matMul(weighted as never, tf.reshape(gain, [-1, 1])), gain.shape[0]);
        const dx = tf.mul(tf.sub(tf.mul(dy, gain), tf.mul(normal, along)), scale);
        return [dx, tf.sum(weighted, 0)];
      },
    );

  const linear = (x: Tensor, w: Tensor): Tensor =>
    differentiable(
      tf,
      [x, w],
      (save) => {
        save([x, w]);
        return tf.matMul(x, w, false, true);
      },
      (dy, [x, w]) => [tf.matMul(dy, w), tf.matMul(dy, x, true, false)],
    );

  const swiglu = (x: Tensor, gate: Tensor, up: Tensor, down: Tensor): Tensor =>
    differentiable(
      tf,
      [x, gate, up, down],
      (save) => {
        const g = tf.matMul(x, gate, false, true);
        const u = tf.matMul(x, up, false, true);
        save([x, g, u, gate, up, down]);
        return tf.matMul(tf.mul(tf.mul(g, tf.sigmoid(g)), u), down, false, true);
      },
      (dy, [x, g, u, gate, up, down]) => {
        const { dg, du, ddown } = tf.tidy(() => {
          const s = tf.sigmoid(g);
          const silu = tf.mul(g, s);
          const dh = tf.matMul(dy, down);
          return {
            ddown: tf.matMul(dy, tf.mul(silu, u), true, false),
            du: tf.mul(dh, silu),
            // silu' = s + silu·(1 − s)
            dg: tf.mul(tf.mul(dh, u), tf.add(s, tf.mul(silu, tf.sub(1, s)))),
          };
        });
        const dx = tf.add(tf.matMul(dg, gate), tf.matMul(du, up));
        return [dx, tf.matMul(dg, x, true, false), tf.matMul(du, x, true, false), ddown];
      },
    );

  const residual = (x: Tensor, y: Tensor): Tensor => differentiable(tf, [x, y], () => tf.add(x, y), (dy) => [dy.clone(), dy.clone()]);

  const splitHeads = (x: Tensor, { batch, length, heads }: HeadShape, scale = 1): Tensor =>
    differentiable(
      tf,
      [x],
      () => {
        const moved = tf.transpose(tf.reshape(x, [batch, length, heads, -1]), [0, 2, 1, 3]);
        const split = tf.reshape(moved, [batch * heads, length, -1]);
        return scale === 1 ? split : tf.mul(split, scale);
      },
      (dy) => {
        const moved = tf.reshape(tf.transpose(tf.reshape(dy, [batch, heads, length, -1]), [0, 2, 1, 3]), [batch * length, -1]);
        return [scale === 1 ? moved : tf.mul(moved, scale)];
      },
    );

  const rotate = (x: Tensor, { batch, length, heads }: HeadShape, { cosine, sine }: Rotation): Tensor => {
    const half = cosine.shape[1]!;
    const rows = batch * heads;
    // The halves outermost, so that both are contiguous.
    const halves = (t: Tensor, permutation: number[]): [Tensor, Tensor] => {
      const moved = tf.transpose(t, permutation);
      const part = (i: number): Tensor => tf.reshape(tf.slice(moved, [i, 0, 0, 0, 0].slice(0, moved.rank), [1, ...moved.shape.slice(1)]), [rows, length, half]);
      return [part(0), part(1)];
    };
    return differentiable(
      tf,
      [x],
      () => {
        const [a, b] = halves(tf.reshape(x, [batch, length, heads, 2, half]), [3, 0, 2, 1, 4]);
        return tf.concat([tf.sub(tf.mul(a, cosine), tf.mul(b, sine)), tf.add(tf.mul(b, cosine), tf.mul(a, sine))], 2);
      },
      (dy) => {
        const [a, b] = halves(tf.reshape(dy, [rows, length, 2, half]), [2, 0, 1, 3]);
        const back = tf.concat([tf.add(tf.mul(a, cosine), tf.mul(b, sine)), tf.sub(tf.mul(b, cosine), tf.mul(a, sine))], 0);
        return [tf.reshape(tf.transpose(tf.reshape(back, [2, batch, heads, length, half]), [1, 3, 2, 0, 4]), [batch * length, -1])];
      },
    );
  };

  const reorderRows = (w: Tensor, order: Tensor, back: Tensor): Tensor =>
    differentiable(tf, [w], () => tf.gather(w, order as never), (dy) => [tf.gather(dy, back as never)]);

  return { embed, rmsNorm, linear, swiglu, residual, splitHeads, rotate, reorderRows };
}
