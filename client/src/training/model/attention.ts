import type { Tensor, Tf } from '../backends/index.js';
import { differentiable } from './differentiable.js';

export interface AttentionOptions {
  batch: number;
  length: number;
  /** Query heads. */
  heads: number;
  /** Scores of this many heads at a time, at least one: see {@link headsAtOnce}. All of them: probabilities are kept for the backward pass. */
  atOnce: number;
}

/** Score matrices that may lie on the backend at a time. */
export const SCORE_BYTES = 128 * 2 ** 20;

/**
 * How many heads' scores fit {@link SCORE_BYTES}: all of a batch's, else a divisor of one sequence's heads that is a
 * multiple or a divisor of the heads that share a key.
 */
export function headsAtOnce(batch: number, length: number, heads: number, sharing: readonly number[]): number {
  const fits = Math.floor(SCORE_BYTES / (4 * length * length));
  if (batch * heads <= fits) return batch * heads;
  for (let n = heads; n > 1; n--) if (n <= fits && heads % n === 0 && sharing.every((g) => n % g === 0 || g % n === 0)) return n;
  return 1;
}

/**
 * Softmax attention whose scores are sums of products: `queries[i]` [batch·heads, length, sizeᵢ], already scaled, with
 * `keys[i]` [batch·Kᵢ, length, sizeᵢ], where Kᵢ divides the heads and neighbouring heads share a key; `values`
 * [batch·V, length, size]. One product is grouped-query attention (arXiv 2305.13245), two, one of them with a single key
 * for all heads, multi-head latent attention (arXiv 2405.04434). Answers [batch·length, heads·size].
 *
 * `mask` as in {@link Masks.of}. Where the scores of all heads are too large, they are formed a few heads at a time, once
 * more in the backward pass: memory then grows with length², not with heads·length².
 */
export function attention(tf: Tf, queries: readonly Tensor[], keys: readonly Tensor[], values: Tensor, mask: Tensor, options: AttentionOptions): Tensor {
  const { batch, length, heads, atOnce } = options;
  const parts = queries.length;
  const pieces = (batch * heads) / atOnce;
  const whole = pieces === 1;

  /** Rows of `t` [batch·K, …] that belong to query heads from `first` on. */
  const rowsFor = (t: Tensor, first: number): Tensor => (whole ? t : tf.slice(t, [firstRow(t, first), 0, 0], [rowCount(t), t.shape[1]!, t.shape[2]!]));
  const firstRow = (t: Tensor, first: number): number => Math.floor((first * t.shape[0]) / (batch * heads));
  const rowCount = (t: Tensor): number => Math.max(1, (atOnce * t.shape[0]) / (batch * heads));
  /** Heads that share a key as one matrix: [n, …, size] by the groups of `t`. */
  const grouped = (q: Tensor, t: Tensor): Tensor => tf.reshape(q, [t.shape[0], -1, q.shape[2]!]);

  const probabilities = (q: readonly Tensor[], k: readonly Tensor[], first: number): Tensor =>
    tf.tidy(() => {
      const scores = q.map((part, i) => tf.reshape(tf.matMul(grouped(part, k[i]), k[i], false, true), [atOnce, length, length])).reduce((a, b) => tf.add(a, b));
      if (mask.rank === 3) return tf.softmax(tf.add(scores, mask));
      const own = whole ? mask : tf.slice(mask, [Math.floor(first / heads), 0, 0, 0], [1, 1, length, length]);
      return tf.softmax(tf.reshape(tf.add(tf.reshape(scores, [own.shape[0], -1, length, length]), own), [atOnce, length, length]));
    });
  const mix = (p: Tensor, v: Tensor): Tensor => tf.reshape(tf.matMul(grouped(p, v), v), [atOnce, length, -1]);

  return differentiable(
    tf,
    [...queries, ...keys, values],
    (save) => {
      if (whole) {
        const p = probabilities(queries, keys, 0);
        save([...queries, ...keys, values, p]);
        return merge(tf, [mix(p, values)], options);
      }
      save([...queries, ...keys, values]);
      const mixed = Array.from({ length: pieces }, (_, piece) =>
        tf.tidy(() => {
          const first = piece * atOnce;
          return mix(probabilities(queries.map((t) => rowsFor(t, first)), keys.map((t) => rowsFor(t, first)), first), rowsFor(values, first));
        }),
      );
      return merge(tf, mixed, options);
    },
    (dy, saved) => {
      const q = saved.slice(0, parts);
      const k = saved.slice(parts, 2 * parts);
      const v = saved[2 * parts];
      const dm = tf.reshape(tf.transpose(tf.reshape(dy, [batch, length, heads, -1]), [0, 2, 1, 3]), [batch * heads, length, -1]);
      const sums = [...q, ...k, v].map((t) => new RowSums(tf, t));
      for (let piece = 0; piece < pieces; piece++) {
        const first = piece * atOnce;
        const gradients = tf.tidy(() => {
          const qs = q.map((t) => rowsFor(t, first));
          const ks = k.map((t) => rowsFor(t, first));
          const vs = rowsFor(v, first);
          const p = saved[2 * parts + 1] ?? probabilities(qs, ks, first);
          const d = rowsFor(dm, first);
          const ds = tf.tidy(() => {
            const weighted = tf.mul(tf.reshape(tf.matMul(grouped(d, vs), vs, false, true), p.shape), p);
            return tf.sub(weighted, tf.mul(p, tf.sum(weighted, -1, true)));
          });
          const dq = qs.map((t, i) => tf.reshape(tf.matMul(grouped(ds, ks[i]), ks[i]), t.shape));
          const dk = ks.map((t, i) => tf.matMul(grouped(ds, t), grouped(qs[i], t), true, false));
          return [...dq, ...dk, tf.matMul(grouped(p, vs), grouped(d, vs), true, false)];
        });
        gradients.forEach((g, i) => sums[i].add(firstRow(sums[i].like, first), g));
      }
      return sums.map((s) => s.join());
    },
  );
}

/** [batch·heads, length, size], in pieces, as [batch·length, heads·size]. */
function merge(tf: Tf, pieces: Tensor[], { batch, length, heads }: AttentionOptions): Tensor {
  const all = pieces.length === 1 ? pieces[0] : tf.concat(pieces, 0);
  return tf.reshape(tf.transpose(tf.reshape(all, [batch, heads, length, -1]), [0, 2, 1, 3]), [batch * length, -1]);
}

/** Gradients of runs of rows, in order; those of the same rows, from heads that share a key, are added up. */
class RowSums {
  private readonly runs: Tensor[] = [];
  private last = -1;

  constructor(private readonly tf: Tf, readonly like: Tensor) {}

  add(row: number, gradient: Tensor): void {
    if (row !== this.last) {
      this.runs.push(gradient);
    } else {
      const before = this.runs.pop()!;
      this.runs.push(this.tf.add(before, gradient));
      before.dispose();
      gradient.dispose();
    }
    this.last = row;
  }

  join(): Tensor {
    return this.runs.length === 1 ? this.runs[0] : this.tf.concat(this.runs, 0);
  }
}
