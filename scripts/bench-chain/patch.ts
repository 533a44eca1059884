import type { Idl } from '@coral-xyz/anchor';
import { coordinatorIdl } from '../../client/src/chain/idl.js';
import { type Layout, layoutOf } from '../../client/src/chain/layout.js';
import type { Scene } from '../../tests/programs/support/scene.js';

const RUN = layoutOf(coordinatorIdl as unknown as Idl, 'Run');
const DISCRIMINATOR = 8;

/**
 * A run's account at one moment, which can be put back and changed field by field: a way to states that are
 * costliest, without the thousands of transactions that would lead there.
 */
export class Snapshot {
  readonly #account: NonNullable<ReturnType<Scene['network']['bank']['getAccount']>>;

  constructor(readonly scene: Scene) {
    this.#account = scene.network.bank.getAccount(scene.run.toBase58())!;
  }

  /** Puts the run back as it was, with these changes. */
  restore(change: (run: RunBytes) => void = () => {}): void {
    const data = Buffer.from(this.#account.data);
    change(new RunBytes(data));
    this.scene.network.bank.setAccount(this.scene.run.toBase58(), { ...this.#account, data });
  }
}

/** The fields of a run's account, by name and place: `['members', 3, 'state']`. */
export class RunBytes {
  constructor(readonly data: Buffer) {}

  /** The bytes of a field. */
  at(...path: (string | number)[]): Buffer {
    let [offset, layout]: [number, Layout] = [DISCRIMINATOR, RUN];
    for (const step of path) {
      if (typeof step === 'number') {
        if (!layout.item) throw new Error(`${path.join('.')} has no item ${step}`);
        [offset, layout] = [offset + step * layout.item.size, layout.item];
      } else {
        const field = layout.fields?.get(step);
        if (!field) throw new Error(`${path.join('.')} has no field ${step}`);
        [offset, layout] = [offset + field.offset, field.layout];
      }
    }
    return this.data.subarray(offset, offset + layout.size);
  }

  /** Sets a number, little-endian. */
  set(value: bigint | number, ...path: (string | number)[]): void {
    const field = this.at(...path);
    for (let i = 0, rest = BigInt(value); i < field.length; i++, rest >>= 8n) field[i] = Number(rest & 0xffn);
  }
}
