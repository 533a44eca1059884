import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { DataError } from '../errors.js';
import type { RunManifest } from '../manifest.js';
import { Permutation } from './permutation.js';

/** Texts are held in memory; larger data sets need a format that is read in parts. */
export const MAX_TEXT_BYTES = 512 * 2 ** 20;

const READ_BYTES = 1 << 20;

/** The run's text as byte tokens: sequences to train on in the run's own order, and a part held out at its end. */
export class DataSet {
  /** Sequences of one pass: whole, not overlapping, each with the token after it as its last target. */
  readonly sequenceCount: number;
  private readonly training: Uint8Array;
  private readonly rest: Uint8Array;
  private readonly order: Permutation;
  private readonly contextLength: number;

  constructor(private readonly bytes: Uint8Array, manifest: RunManifest) {
    this.contextLength = manifest.model.contextLength;
    const held = Math.floor((bytes.length * manifest.data.heldOutPermille) / 1000);
    this.training = bytes.subarray(0, bytes.length - held);
    this.rest = bytes.subarray(bytes.length - held);
    this.sequenceCount = Math.floor((this.training.length - 1) / this.contextLength);
    if (this.sequenceCount < 1) throw new DataError('DATA_TOO_SHORT', `The text has ${bytes.length} bytes, too few for one sequence of ${this.contextLength}. Use a longer text.`);
    this.order = new Permutation(Buffer.from(manifest.initialization.seed, 'hex'), this.sequenceCount);
  }

  /**
   * Reads the operator's file and makes sure that it is the text the manifest names, before anything is trained on it.
   * @throws DataError `DATA_NOT_FOUND`, `DATA_TOO_LARGE`, `DATA_DIFFERS`, `DATA_TOO_SHORT`
   */
  static async fromFile(path: string, manifest: RunManifest, signal?: AbortSignal): Promise<DataSet> {
    const wanted = manifest.data;
    if (wanted.kind !== 'text') throw new DataError('NOT_SUPPORTED', 'This run trains on prepared data sets, not on one text.');
    if (wanted.bytes > MAX_TEXT_BYTES) throw new DataError('DATA_TOO_LARGE', `The run's text has ${wanted.bytes} bytes; this client takes at most ${MAX_TEXT_BYTES}.`);
    const file = await open(path).catch((cause: unknown) => {
      throw new DataError('DATA_NOT_FOUND', `Cannot open ${path}. Point --text at the file "${wanted.name}" that this run trains on.`, { cause });
    });
    try {
      const { size } = await file.stat();
      if (size !== wanted.bytes) throw differs(path, `it has ${size} bytes, not ${wanted.bytes}`);
      const bytes = new Uint8Array(size);
      const hash = createHash('sha256');
      for (let at = 0; at < size; ) {
        signal?.throwIfAborted();
        const { bytesRead } = await file.read(bytes, at, Math.min(READ_BYTES, size - at), at);
        if (bytesRead === 0) throw differs(path, 'it became shorter while it was read');
        hash.update(bytes.subarray(at, at + bytesRead));
        at += bytesRead;
      }
      if (hash.digest('hex') !== wanted.sha256) throw differs(path, 'its SHA-256 is not the one in the manifest');
      return new DataSet(bytes, manifest);
    } finally {
      await file.close();
    }
  }

  /** contextLength + 1 tokens. `index` counts on through the whole run; each pass over the text has its own order. */
  sequence(index: number, contextLength: number = this.contextLength): Int32Array {
    const pass = Math.floor(index / this.sequenceCount);
    const at = this.order.at(pass, index % this.sequenceCount) * this.contextLength;
    return Int32Array.from(this.training.subarray(at, at + contextLength + 1));
  }

  /** Up to `count` sequences spread evenly over the held-out part (over all of the text where nothing is held out). */
  heldOut(count: number): Int32Array[] {
    const source = this.rest.length > this.contextLength ? this.rest : this.bytes;
    const available = Math.max(0, Math.floor((source.length - 1) / this.contextLength));
    const taken = Math.min(count, available);
    return Array.from({ length: taken }, (_, i) => {
      const at = Math.floor((i * available) / taken) * this.contextLength;
      return Int32Array.from(source.subarray(at, at + this.contextLength + 1));
    });
  }

  /** Nats per token of the best model that ignores context: what a model must beat to have learned anything. */
  unigramEntropy(): number {
    const counts = new Float64Array(256);
    for (const byte of this.bytes) counts[byte]++;
    let entropy = 0;
    for (const count of counts) if (count > 0) entropy -= (count / this.bytes.length) * Math.log(count / this.bytes.length);
    return entropy;
  }
}

function differs(path: string, how: string): DataError {
  return new DataError('DATA_DIFFERS', `${path} is not the text this run trains on: ${how}. Get the run's own file.`);
}
