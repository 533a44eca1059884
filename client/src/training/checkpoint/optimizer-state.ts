import { createHash } from 'node:crypto';
import { CheckpointError } from '../errors.js';

const MAGIC = 'psyche-optimizer-1';
const HEAD = MAGIC.length + 4 + 32;

/** The residual as a file: magic, u32 count, SHA-256 of the numbers, the numbers as float32 little-endian. */
export function encodeOptimizer(residual: Float32Array): Uint8Array {
  const bytes = new Uint8Array(residual.buffer, residual.byteOffset, residual.byteLength);
  const file = Buffer.alloc(HEAD + bytes.length);
  file.write(MAGIC, 0, 'ascii');
  file.writeUInt32LE(residual.length, MAGIC.length);
  createHash('sha256').update(bytes).digest().copy(file, MAGIC.length + 4);
  file.set(bytes, HEAD);
  return new Uint8Array(file.buffer, file.byteOffset, file.length);
}

/**
 * Reads what {@link encodeOptimizer} wrote into `residual`, which stays as it was if the file is not whole.
 * @throws CheckpointError `OPTIMIZER_DAMAGED`
 */
export function decodeOptimizer(file: Uint8Array, residual: Float32Array): void {
  const view = Buffer.from(file.buffer, file.byteOffset, file.length);
  if (file.length !== HEAD + residual.byteLength || view.toString('ascii', 0, MAGIC.length) !== MAGIC || view.readUInt32LE(MAGIC.length) !== residual.length) {
    throw new CheckpointError('OPTIMIZER_DAMAGED', 'The saved optimizer state is cut off or belongs to another model. Start the epoch with an empty one.');
  }
  const bytes = file.subarray(HEAD);
  if (!createHash('sha256').update(bytes).digest().equals(view.subarray(MAGIC.length + 4, HEAD))) {
    throw new CheckpointError('OPTIMIZER_DAMAGED', 'The saved optimizer state does not match its hash. Start the epoch with an empty one.');
  }
  new Uint8Array(residual.buffer, residual.byteOffset, residual.byteLength).set(bytes);
}
