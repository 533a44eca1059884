import { setImmediate } from 'node:timers/promises';
import { bytesEqual, concatBytes, toHex } from '../protocol/bytes.js';
import { CHUNK_BYTES, leafHash, merkleRoot } from '../protocol/merkle.js';
import type { RangeSource } from './range-transfer.js';

/** Unused for this long, a model's bytes are released; they can be made again. */
const KEEP_MS = 30_000;

/** Models a node serves at a time: the running epoch's and the one before. */
const MODELS_KEPT = 2;

interface Prepared {
  content: Uint8Array;
  leaves: Uint8Array;
}

/** The parameters a node can serve, by Merkle root; serialized and hashed when first asked for, not before. */
export class SharedModels {
  private readonly models = new Map<string, { bytes: () => Uint8Array; prepared?: Promise<Prepared | undefined>; release?: NodeJS.Timeout }>();

  /** @param bytes must give the same bytes whenever it is called, and never change those it gave. */
  put(root: Uint8Array, bytes: () => Uint8Array): void {
    const id = toHex(root);
    this.delete(root);
    this.models.set(id, { bytes });
    for (const old of [...this.models.keys()].slice(0, -MODELS_KEPT)) this.drop(old);
  }

  delete(root: Uint8Array): void {
    this.drop(toHex(root));
  }

  clear(): void {
    for (const id of [...this.models.keys()]) this.drop(id);
  }

  async content(root: Uint8Array): Promise<RangeSource | undefined> {
    return rangeOf((await this.prepare(root))?.content);
  }

  /** The leaf hashes, 32 bytes each, as one content. */
  async leaves(root: Uint8Array): Promise<RangeSource | undefined> {
    return rangeOf((await this.prepare(root))?.leaves);
  }

  private prepare(root: Uint8Array): Promise<Prepared | undefined> {
    const model = this.models.get(toHex(root));
    if (model === undefined) return Promise.resolve(undefined);
    model.prepared ??= hashInSteps(model.bytes, root);
    clearTimeout(model.release);
    model.release = setTimeout(() => {
      model.prepared = undefined;
    }, KEEP_MS).unref();
    return model.prepared;
  }

  private drop(id: string): void {
    clearTimeout(this.models.get(id)?.release);
    this.models.delete(id);
  }
}

/** Hashing 400 MB in one go would stop training for a second; a model that does not have its root is not served. */
async function hashInSteps(bytes: () => Uint8Array, root: Uint8Array): Promise<Prepared | undefined> {
  try {
    const content = bytes();
    const leaves: Uint8Array[] = [];
    for (let offset = 0; offset < content.length; offset += CHUNK_BYTES) {
      leaves.push(leafHash(content.subarray(offset, offset + CHUNK_BYTES)));
      if (leaves.length % 16 === 0) await setImmediate();
    }
    return bytesEqual(merkleRoot(leaves), root) ? { content, leaves: concatBytes(...leaves) } : undefined;
  } catch {
    return undefined; // the caller's serializer failed: nothing to serve
  }
}

function rangeOf(bytes: Uint8Array | undefined): RangeSource | undefined {
  return bytes && { total: bytes.length, slice: (offset, length) => bytes.subarray(offset, offset + length) };
}
