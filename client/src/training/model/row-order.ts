import type { Tensor, Tf } from '../backends/index.js';

/** A permutation of rows and its inverse, on the backend from first use until {@link dispose}. */
export class RowOrder {
  private tensors: [Tensor, Tensor] | undefined;

  constructor(private readonly tf: Tf, private readonly rows: readonly number[]) {}

  get order(): Tensor {
    return this.open()[0];
  }

  get back(): Tensor {
    return this.open()[1];
  }

  dispose(): void {
    this.tensors?.forEach((t) => t.dispose());
    this.tensors = undefined;
  }

  private open(): [Tensor, Tensor] {
    if (!this.tensors) {
      const inverse = new Int32Array(this.rows.length);
      this.rows.forEach((row, i) => (inverse[row] = i));
      const kept = (values: Int32Array): Tensor => this.tf.keep(this.tf.tensor1d(values, 'int32'));
      this.tensors = [kept(Int32Array.from(this.rows)), kept(inverse)];
    }
    return this.tensors;
  }
}
