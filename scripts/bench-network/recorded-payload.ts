import { createHash } from 'node:crypto';
import type { PayloadContext } from '../../client/src/training/index.js';
import { HEADER_BYTES } from '../../client/src/training/optimizer/payload.js';

/* Places in a payload's header (docs/protocol.md, payloads). */
const INDEX_AT = 2;
const EPOCH_AT = 4;
const ROUND_AT = 8;
const RUN_AT = 24;
const CHECKSUM_AT = 40;

/** A recorded payload as another member's of another round: the same content under a header of its own, which decodes. */
export function addressed(payload: Uint8Array, { runHash, epoch, round, index }: PayloadContext): Uint8Array {
  const copy = Buffer.from(payload);
  copy.writeUInt16LE(index, INDEX_AT);
  copy.writeUInt32LE(epoch, EPOCH_AT);
  copy.writeUInt32LE(round, ROUND_AT);
  copy.set(runHash.subarray(0, CHECKSUM_AT - RUN_AT), RUN_AT);
  copy.set(checksumOf(copy), CHECKSUM_AT);
  return new Uint8Array(copy);
}

/** Whose payload it says it is. */
export function addressOf(payload: Uint8Array): { epoch: number; round: number; index: number } {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return { index: view.getUint16(INDEX_AT, true), epoch: view.getUint32(EPOCH_AT, true), round: view.getUint32(ROUND_AT, true) };
}

/** Whether it is whole, and that member's of that round. */
export function isAddressedTo(payload: Uint8Array, context: PayloadContext): boolean {
  if (payload.length <= HEADER_BYTES) return false;
  const { epoch, round, index } = addressOf(payload);
  const run = Buffer.from(context.runHash.subarray(0, CHECKSUM_AT - RUN_AT));
  const same = index === context.index && epoch === context.epoch && round === context.round && run.equals(payload.subarray(RUN_AT, CHECKSUM_AT));
  return same && checksumOf(payload).equals(payload.subarray(CHECKSUM_AT, HEADER_BYTES));
}

function checksumOf(payload: Uint8Array): Buffer {
  const hash = createHash('sha256').update(payload.subarray(0, CHECKSUM_AT)).update(payload.subarray(HEADER_BYTES));
  return hash.digest().subarray(0, HEADER_BYTES - CHECKSUM_AT);
}
