import type { Tensor, Tf } from '../backends/index.js';

/** Very negative instead of −∞, so that no kernel ever computes ∞ − ∞. */
const MASKED = -1e9;

/** Which positions each position may attend to: 0 where it may, very negative elsewhere. */
export class Masks {
  private readonly causal = new Map<number, Tensor>();

  /** `separator`: the token that ends a document, past which attention does not look back; absent: one document. */
  constructor(private readonly tf: Tf, private readonly separator?: number) {}

  /**
   * [1, length, length] for sequences of one document each, kept until {@link dispose}; [batch, 1, length, length], the
   * caller's, where a sequence holds several.
   */
  of(tokens: Int32Array, batch: number, length: number): Tensor {
    if (this.separator === undefined || !splits(tokens, this.separator, length)) return this.onlyCausal(length);
    const values = new Float32Array(batch * length * length);
    for (let b = 0; b < batch; b++) {
      let start = 0;
      for (let i = 0; i < length; i++) {
        const row = (b * length + i) * length;
        values.fill(MASKED, row, row + start);
        values.fill(MASKED, row + i + 1, row + length);
        // The separator itself still belongs to the document it ends.
        if (tokens[b * length + i] === this.separator) start = i + 1;
      }
    }
    return this.tf.tensor(values, [batch, 1, length, length]);
  }

  dispose(): void {
    for (const mask of this.causal.values()) mask.dispose();
    this.causal.clear();
  }

  private onlyCausal(length: number): Tensor {
    let mask = this.causal.get(length);
    if (!mask) {
      const values = new Float32Array(length * length);
      for (let i = 0; i < length; i++) values.fill(MASKED, i * length + i + 1, (i + 1) * length);
      mask = this.tf.keep(this.tf.tensor(values, [1, length, length]));
      this.causal.set(length, mask);
    }
    return mask;
  }
}

/** Whether a separator stands anywhere but at the end of a sequence, where it changes nothing. */
function splits(tokens: Int32Array, separator: number, length: number): boolean {
  for (let at = tokens.indexOf(separator); at !== -1; at = tokens.indexOf(separator, at + 1)) if (at % length !== length - 1) return true;
  return false;
}
