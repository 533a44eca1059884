import type { Tensor, Tf } from '../backends/index.js';
import { differentiable } from './differentiable.js';

/** Logits that may lie on the backend at a time. */
export const LOGIT_BYTES = 64 * 2 ** 20;

/** Rows whose logits are formed at a time; all of them: their probabilities are kept for the backward pass. */
export function rowsAtOnce(rows: number, vocabSize: number): number {
  return Math.min(rows, Math.max(1, Math.floor(LOGIT_BYTES / (4 * vocabSize))));
}

/**
 * Mean cross-entropy in nats of x·wᵀ, for x [rows, width] and w [vocab, width], against target tokens. Neither a one-hot
 * matrix nor, where they are many, all logits ever exist: the one-hot part of the gradient is a gather and a scatter, and
 * logits of a large vocabulary are formed `step` rows at a time, once more in the backward pass.
 */
export function headLoss(tf: Tf, x: Tensor, w: Tensor, targets: Int32Array, step = rowsAtOnce(x.shape[0], w.shape[0])): Tensor {
  const [rows, width] = x.shape as [number, number];
  const vocabSize = w.shape[0];
  const whole = step === rows;
  const slice = (t: Tensor, from: number): Tensor => (whole ? t : tf.slice(t, [from, 0], [Math.min(step, rows - from), width]));

  const forward = (part: Tensor, wanted: Int32Array): { loss: Tensor; p: Tensor } =>
    tf.tidy(() => {
      const logits = tf.matMul(part, w, false, true);
      const shifted = tf.sub(logits, tf.max(logits, -1, true));
      logits.dispose();
      const places = new Int32Array(2 * wanted.length);
      wanted.forEach((token, i) => places.set([i, token], 2 * i));
      const picked = tf.sum(tf.gatherND(shifted, tf.tensor2d(places, [wanted.length, 2], 'int32')));
      const exponents = tf.exp(shifted);
      shifted.dispose();
      const total = tf.sum(exponents, -1, true);
      return { loss: tf.sub(tf.sum(tf.log(total)), picked), p: tf.div(exponents, total) };
    });

  return differentiable(
    tf,
    [x, w],
    (save) => {
      let sum: Tensor | undefined;
      for (let from = 0; from < rows; from += step) {
        const { loss, p } = forward(slice(x, from), targets.subarray(from, from + step));
        if (whole) save([x, w, p]);
        p.dispose();
        sum = sum ? tf.add(sum, loss) : loss;
      }
      if (!whole) save([x, w]);
      return tf.div(sum!, rows);
    },
    (dy, [x, w, kept]) => {
      const scale = tf.div(dy, rows);
      const dxs: Tensor[] = [];
      let dw: Tensor | undefined;
      for (let from = 0; from < rows; from += step) {
        const [dx, more] = tf.tidy(() => {
          const part = slice(x, from);
          const p = kept ?? forward(part, targets.subarray(from, from + step)).p;
          return [tf.matMul(p, w), tf.matMul(p, tf.mul(part, scale), true, false)];
        });
        dxs.push(dx);
        const before = dw;
        dw = before ? tf.add(before, more) : more;
        if (before) tf.dispose([before, more]);
      }
      const wanted = tf.tensor1d(targets, 'int32');
      const dx = tf.mul(tf.sub(dxs.length === 1 ? dxs[0] : tf.concat(dxs, 0), tf.gather(w, wanted)), scale);
      return [dx, tf.sub(dw!, tf.unsortedSegmentSum(tf.mul(x, scale), wanted, vocabSize))];
    },
  );
}
