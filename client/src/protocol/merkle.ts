import { ByteWriter, ProtocolError, copyOf, sha256 } from './bytes.js';

/** Parameters and optimizer state are hashed, served and checked in pieces of this many bytes. */
export const CHUNK_BYTES = 256 * 1024;

/** The root of a tree without leaves. */
export const EMPTY_ROOT: Uint8Array = new Uint8Array(32);

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** `sha256(0x00 ‖ content)`; the prefix keeps a leaf from passing for a node. */
export function leafHash(...content: readonly Uint8Array[]): Uint8Array {
  return sha256(LEAF, ...content);
}

/** The root over leaf hashes in order: `sha256(0x01 ‖ left ‖ right)`, an odd node out moves up as it is. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return copyOf(EMPTY_ROOT);
  let level = leaves;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      above.push(i + 1 < level.length ? sha256(NODE, level[i], level[i + 1]) : level[i]);
    }
    level = above;
  }
  return copyOf(level[0]);
}

/** The leaf hashes of `bytes` cut into chunks of {@link CHUNK_BYTES}; the last one may be shorter. */
export function chunkLeaves(bytes: Uint8Array): Uint8Array[] {
  const leaves: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length; offset += CHUNK_BYTES) {
    leaves.push(leafHash(bytes.subarray(offset, offset + CHUNK_BYTES)));
  }
  return leaves;
}

/**
 * The parameter hash (hash of θ): the root over the chunks of all parameters as little-endian f32 in the manifest's
 * order of tensors.
 */
export function parameterRoot(serialized: Uint8Array): Uint8Array {
  return merkleRoot(chunkLeaves(serialized));
}

/** One trainer's place in a round's accepted list. */
export interface AcceptedEntry {
  /** Member index in the epoch, 0 to 255. */
  index: number;
  /** 32 bytes: sha256 of the trainer's envelope. */
  commitmentHash: Uint8Array;
}

/**
 * The root witnesses vote for: over `sha256(0x00 ‖ index u16 ‖ commitment hash)`; of no entries, 32 zero bytes.
 *
 * @throws {ProtocolError} BAD_ORDER unless the indices ascend strictly.
 */
export function acceptedListRoot(entries: readonly AcceptedEntry[]): Uint8Array {
  return merkleRoot(
    entries.map(({ index, commitmentHash }, i) => {
      if (i > 0 && entries[i - 1].index >= index) throw new ProtocolError('BAD_ORDER', 'accepted entries must ascend by index');
      return leafHash(new ByteWriter(34).u16(index).raw(commitmentHash, 32).finish());
    }),
  );
}
