import type { Tf } from '../backends/index.js';
import type { Rotation } from './decoder-operations.js';
import { ropeTables, type RopeConfig } from './rope.js';

interface Pair {
  queries: Rotation;
  keys: Rotation;
}

/** Rotary tables on the backend, one pair for each length that occurs; those of the queries carry the scores' scale. */
export class Rotations {
  private readonly known = new Map<number, Pair>();

  constructor(private readonly tf: Tf, private readonly config: RopeConfig, private readonly size: number, private readonly scale: number) {}

  of(length: number): Pair {
    let pair = this.known.get(length);
    if (!pair) {
      const { cosine, sine } = ropeTables(this.config, this.size, length);
      const table = (values: Float32Array) => this.tf.keep(this.tf.tensor2d(values, [length, this.size / 2]));
      const scaled = (values: Float32Array) => table(values.map((v) => v * this.scale));
      pair = { queries: { cosine: scaled(cosine), sine: scaled(sine) }, keys: { cosine: table(cosine), sine: table(sine) } };
      this.known.set(length, pair);
    }
    return pair;
  }

  dispose(): void {
    for (const { queries, keys } of this.known.values()) this.tf.dispose([queries.cosine, queries.sine, keys.cosine, keys.sine]);
    this.known.clear();
  }
}
