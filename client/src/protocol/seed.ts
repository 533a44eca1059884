import { createHash } from 'node:crypto';

/**
 * The seed of one round (protocol 2, "Seeds"): `sha256("psyche-seed" ‖ run ‖ epoch ‖ round ‖ slot hash)`.
 *
 * @param run 32 bytes, the Run account's address.
 * @param slotHash 32 bytes, the hash of the first slot at or after the round's `seed_slot`.
 */
export function roundSeed(run: Uint8Array, epoch: number, round: number, slotHash: Uint8Array): Uint8Array {
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32LE(epoch, 0);
  numbers.writeUInt32LE(round, 4);
  return createHash('sha256').update('psyche-seed').update(run).update(numbers).update(slotHash).digest();
}
