import { fusedSteps, type FusedSteps, type HeadShape } from '../backends/fused.js';
import type { Tensor, Tf } from '../backends/index.js';
import { differentiable } from './differentiable.js';

/** √(2/π), of the tanh approximation that GPT-2 calls `gelu_new`. */
const GELU_SCALE = 0.7978845608028654;
const GELU_CUBIC = 0.044715;

export interface AttentionShape {
  batch: number;
  length: number;
  heads: number;
  /** Numbers per head. */
  size: number;
}

/** GPT-2's pieces. Their gradients, written out, cost far fewer kernel calls than derived ones. */
export interface Operations {
  layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor;
  gelu(x: Tensor): Tensor;
  /** x·w + b for x [rows, in], w [in, out], b [out]. */
  linear(x: Tensor, w: Tensor, b: Tensor): Tensor;
  /**
   * Causal attention of [batch·length, 3·width], queries, keys and values side by side, giving [batch·length, width].
   * `mask` [1, length, length], or [batch, 1, length, length] where it differs by sequence, is 0 where a position may be
   * seen and very negative elsewhere.
   */
  attention(qkv: Tensor, mask: Tensor, shape: AttentionShape): Tensor;
  /** Mean cross-entropy in nats of logits [rows, vocab] against one-hot targets [rows, vocab]. */
  crossEntropy(logits: Tensor, targets: Tensor): Tensor;
}

export function operations(tf: Tf): Operations {
  const layerNorm = (x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor => {
    const fused = fusedSteps(tf);
    if (fused) {
      return differentiable(
        tf,
        [x, gain, bias],
        (save) => {
          const [y, statistics] = fused.layerNorm(x, gain, bias, epsilon);
          save([x, statistics, gain]);
          return y;
        },
        (dy, [x, statistics, gain]) => fused.layerNormGrad(dy, x, statistics, gain),
      );
    }
    return differentiable(
      tf,
      [x, gain, bias],
      (save) => {
        const centered = tf.sub(x, tf.mean(x, -1, true));
        const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), epsilon));
        const normal = tf.mul(centered, scale);
        save([normal, scale, gain]);
        return tf.add(tf.mul(normal, gain), bias);
      },
      (dy, [normal, scale, gain]) => {
        const dn = tf.mul(dy, gain);
        const along = tf.mean(tf.mul(dn, normal), -1, true);
        const dx = tf.mul(tf.sub(tf.sub(dn, tf.mean(dn, -1, true)), tf.mul(normal, along)), scale);
        return [dx, tf.sum(tf.mul(dy, normal), 0), tf.sum(dy, 0)];
      },
    );
  };

  // 0.5·(1 + tanh u) is the sigmoid of 2u, which has a fast kernel where tanh has none.
  const gelu = (x: Tensor): Tensor => {
    const fused = fusedSteps(tf);
    if (fused) {
      return differentiable(
        tf,
        [x],
        (save) => {
          save([x]);
          return fused.gelu(x);
        },
        (dy, [x]) => [fused.geluGrad(dy, x)],
      );
    }
    return differentiable(
      tf,
      [x],
      (save) => {
        const square = tf.square(x);
        const s = tf.sigmoid(tf.mul(x, tf.add(tf.mul(square, 2 * GELU_SCALE * GELU_CUBIC), 2 * GELU_SCALE)));
        const value = tf.mul(x, s);
        save([square, s, value]);
        return value;
      },
      (dy, [square, s, value]) => {
        const inner = tf.add(tf.mul(square, 6 * GELU_SCALE * GELU_CUBIC), 2 * GELU_SCALE);
        // s + x·s·(1−s)·inner
        return [tf.mul(dy, tf.add(s, tf.mul(tf.mul(value, tf.sub(1, s)), inner)))];
      },
    );
  };

  const linear = (x: Tensor, w: Tensor, b: Tensor): Tensor =>
    differentiable(
      tf,
      [x, w, b],
      (save) => {
        save([x, w]);
        // What TensorFlow.js calls fused is, on the native backends, these two after three changes of shape.
        return tf.getBackend() === 'tensorflow' ? tf.add(tf.matMul(x, w), b) : tf.fused.matMul({ a: x as never, b: w as never, bias: b });
      },
      (dy, [x, w]) => [tf.matMul(dy, w, false, true), tf.matMul(x, dy, true, false), tf.sum(dy, 0)],
    );

  const attention = (qkv: Tensor, mask: Tensor, { batch, length, heads, size }: AttentionShape): Tensor => {
    const rows = batch * length;
    const scale = 1 / Math.sqrt(size);
    const fused = mask.shape.length === 3 ? fusedSteps(tf) : undefined;
    if (fused) return fusedAttention(tf, fused, qkv, mask, { heads, length, scale });
    const masked = (scores: Tensor): Tensor =>
      mask.shape.length === 3 ? tf.add(scores, mask) : tf.reshape(tf.add(tf.reshape(scores, [batch, heads, length, length]), mask), scores.shape);
    return differentiable(
      tf,
      [qkv],
      (save) => {
        // Heads outermost, so that queries, keys and values are three contiguous thirds.
        const moved = tf.transpose(tf.reshape(qkv, [batch, length, 3, heads, size]), [2, 0, 3, 1, 4]);
        const third = (i: number): Tensor => tf.reshape(tf.slice(moved, [i, 0, 0, 0, 0], [1, batch, heads, length, size]), [batch * heads, length, size]);
        const q = tf.mul(third(0), scale);
        const k = third(1);
        const v = third(2);
        const p = tf.softmax(masked(tf.matMul(q, k, false, true)));
        const mixed = tf.reshape(tf.matMul(p, v), [batch, heads, length, size]);
        save([q, k, v, p]);
        return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [rows, heads * size]);
      },
      (dy, [q, k, v, p]) => {
        const heard = tf.transpose(tf.reshape(dy, [batch, length, heads, size]), [0, 2, 1, 3]);
        const dm = tf.reshape(heard, [batch * heads, length, size]);
        const weighted = tf.mul(tf.matMul(dm, v, false, true), p);
        const ds = tf.sub(weighted, tf.mul(p, tf.sum(weighted, -1, true)));
        const dq = tf.mul(tf.matMul(ds, k), scale);
        const dk = tf.matMul(ds, q, true, false);
        const dv = tf.matMul(p, dm, true, false);
        const all = tf.reshape(tf.concat([dq, dk, dv], 0), [3, batch, heads, length, size]);
        return [tf.reshape(tf.transpose(all, [1, 3, 0, 2, 4]), [rows, 3 * heads * size])];
      },
    );
  };

  const crossEntropy = (logits: Tensor, targets: Tensor): Tensor =>
    differentiable(
      tf,
      [logits],
      (save) => {
        const shifted = tf.sub(logits, tf.max(logits, -1, true));
        const exponents = tf.exp(shifted);
        const total = tf.sum(exponents, -1, true);
        save([exponents, total, targets]);
        return tf.sub(tf.mean(tf.log(total)), tf.mean(tf.sum(tf.mul(shifted, targets), -1)));
      },
      (dy, [exponents, total, targets]) => [tf.mul(tf.sub(tf.div(exponents, total), targets), tf.div(dy, exponents.shape[0]))],
    );

  return { layerNorm, gelu, linear, attention, crossEntropy };
}

/** Attention where moving heads and the softmax are one kernel each. */
function fusedAttention(tf: Tf, fused: FusedSteps, qkv: Tensor, mask: Tensor, shape: HeadShape): Tensor {
  return differentiable(
    tf,
    [qkv],
    (save) => {
      const [q, k, v] = fused.splitHeads(qkv, shape);
      const p = fused.maskedSoftmax(tf.matMul(q, k, false, true), mask);
      save([q, k, v, p]);
      return fused.mergeHeads(tf.matMul(p, v), shape);
    },
    (dy, [q, k, v, p]) => {
      const dm = fused.mergeHeadsGrad(dy, shape);
      const ds = fused.softmaxGrad(tf.matMul(dm, v, false, true), p);
      return [fused.splitHeadsGrad(tf.matMul(ds, k), tf.matMul(ds, q, true, false), tf.matMul(p, dm, true, false), shape)];
    },
  );
}
