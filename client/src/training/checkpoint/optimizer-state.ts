import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { floatBytes } from '../../protocol/bytes.js';
import { CheckpointError } from '../errors.js';

const MAGIC = 'psyche-optimizer-2';
const HEAD = MAGIC.length + 8 + 32;

/**
 * A member's own optimizer memory as a file: magic, u64 count of numbers, SHA-256 of the numbers, the arrays one after
 * another as float32 little-endian. Their lengths follow from the run's optimizer and model. The numbers are those at the
 * moment of the call; the event loop turns while they are hashed.
 */
export async function encodeOptimizer(arrays: readonly Float32Array[]): Promise<Uint8Array> {
  const count = arrays.reduce((sum, a) => sum + a.length, 0);
  const file = Buffer.alloc(HEAD + 4 * count);
  file.write(MAGIC, 0, 'ascii');
  file.writeBigUInt64LE(BigInt(count), MAGIC.length);
  const hash = createHash('sha256');
  let at = HEAD;
  for (const array of arrays) {
    const bytes = floatBytes(array);
    file.set(bytes, at);
    at += bytes.length;
  }
  for (const piece of piecesOf(file.subarray(HEAD))) {
    hash.update(piece);
    await setImmediate();
  }
  hash.digest().copy(file, MAGIC.length + 8);
  return new Uint8Array(file.buffer, file.byteOffset, file.length);
}

/**
 * Reads what {@link encodeOptimizer} wrote into `arrays`, which stay as they were if the file is not whole.
 * @throws CheckpointError `OPTIMIZER_DAMAGED`
 */
export function decodeOptimizer(file: Uint8Array, arrays: readonly Float32Array[]): void {
  const view = Buffer.from(file.buffer, file.byteOffset, file.length);
  const count = arrays.reduce((sum, a) => sum + a.length, 0);
  if (file.length !== HEAD + 4 * count || view.toString('ascii', 0, MAGIC.length) !== MAGIC || view.readBigUInt64LE(MAGIC.length) !== BigInt(count)) {
    throw new CheckpointError('OPTIMIZER_DAMAGED', 'The saved optimizer state is cut off or belongs to another model. Start the epoch with an empty one.');
  }
  const hash = createHash('sha256');
  for (const piece of piecesOf(file.subarray(HEAD))) hash.update(piece);
  if (!hash.digest().equals(view.subarray(MAGIC.length + 8, HEAD))) {
    throw new CheckpointError('OPTIMIZER_DAMAGED', 'The saved optimizer state does not match its hash. Start the epoch with an empty one.');
  }
  let at = HEAD;
  for (const array of arrays) {
    floatBytes(array).set(file.subarray(at, at + array.byteLength));
    at += array.byteLength;
  }
}

/** Some 10 ms of hashing each. */
function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1 << 24) yield bytes.subarray(at, at + (1 << 24));
}
