import { setImmediate } from 'node:timers/promises';
import { bytesEqual, toHex } from '../protocol/bytes.js';
import { CHUNK_BYTES, leafHash, merkleRoot } from '../protocol/merkle.js';
import { LEAF_BYTES, leafCount, splitLeaves } from './model-ranges.js';
import { type RangeSource, rangesOf } from './range-transfer.js';

/** Models a node serves at a time: the running epoch's and the one before. */
const MODELS_KEPT = 2;

/** Chunks that are hashed in one go: a millisecond, so that training and others' requests go on. */
const IN_ONE_GO = 4;

/** Computes the leaf hashes of a serialized model, one after the other, 32 bytes each; may do so on other threads. */
export type HashLeaves = (content: Uint8Array) => Promise<Uint8Array>;

interface Model {
  bytes: () => Uint8Array;
  hash: HashLeaves;
  prepared?: Promise<Prepared | undefined>;
}

interface Prepared {
  content: Uint8Array;
  leaves: Uint8Array;
}

/**
 * The parameters a node can serve, by Merkle root; serialized and hashed when first asked for, not before: most epochs
 * nobody asks.
 */
export class SharedModels {
  private readonly models = new Map<string, Model>();

  /**
   * @param bytes called once, when somebody asks for the first time; nobody may change what it gave.
   * @param hash where there are threads for it; in steps on this one if not.
   */
  put(root: Uint8Array, bytes: () => Uint8Array, hash: HashLeaves = hashInSteps): void {
    const id = toHex(root);
    this.models.delete(id);
    this.models.set(id, { bytes, hash });
    for (const old of [...this.models.keys()].slice(0, -MODELS_KEPT)) this.models.delete(old);
  }

  clear(): void {
    this.models.clear();
  }

  async content(root: Uint8Array): Promise<RangeSource | undefined> {
    return rangesOf((await this.prepare(root))?.content);
  }

  /** The leaf hashes, 32 bytes each, as one content. */
  async leaves(root: Uint8Array): Promise<RangeSource | undefined> {
    return rangesOf((await this.prepare(root))?.leaves);
  }

  private prepare(root: Uint8Array): Promise<Prepared | undefined> {
    const model = this.models.get(toHex(root));
    if (model === undefined) return Promise.resolve(undefined);
    model.prepared ??= prepare(model, root);
    return model.prepared;
  }
}

/** @returns undefined for a model that does not have its root: serving it would only make peers distrust this node. */
async function prepare({ bytes, hash }: Model, root: Uint8Array): Promise<Prepared | undefined> {
  try {
    const content = bytes();
    // the threads may be gone while the node still serves
    const leaves = await hash(content).catch(() => hashInSteps(content));
    return bytesEqual(merkleRoot(splitLeaves(leaves)), root) ? { content, leaves } : undefined;
  } catch {
    return undefined; // the caller's serializer failed: nothing to serve
  }
}

/** Hashing 400 MB in one go would stop everything else for a second. */
async function hashInSteps(content: Uint8Array): Promise<Uint8Array> {
  const leaves = new Uint8Array(LEAF_BYTES * leafCount(content.length));
  for (let i = 0; i * CHUNK_BYTES < content.length; i++) {
    leaves.set(leafHash(content.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES)), i * LEAF_BYTES);
    if (i % IN_ONE_GO === IN_ONE_GO - 1) await setImmediate();
  }
  return leaves;
}
