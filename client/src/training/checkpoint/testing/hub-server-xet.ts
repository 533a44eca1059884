import { downloadFile } from '@huggingface/hub';

/* The Hub's content-addressed storage as its library speaks it, for tests: keeps xorbs and shards, and gives files back. */

interface Term {
  xorb: string;
  bytes: number;
  from: number;
  to: number;
}

const HASH_BYTES = 32;
const SHARD_HEADER = 48;
/** Of a shard's flags: ranges come with hashes; the file comes with its sha256. */
const WITH_VERIFICATION = 0x80000000;
const WITH_METADATA = 0x40000000;

export class XetStorage {
  readonly xorbs = new Map<string, Buffer>();
  /** What files consist of, by their sha256. */
  private readonly files = new Map<string, Term[]>();

  /** Takes a shard: which ranges of which xorbs make which file. */
  addShard(shard: Buffer): void {
    for (let at = SHARD_HEADER; !shard.subarray(at, at + HASH_BYTES).every((b) => b === 0xff); ) {
      const flags = shard.readUInt32LE(at + HASH_BYTES);
      const count = shard.readUInt32LE(at + HASH_BYTES + 4);
      at += 48;
      const terms: Term[] = [];
      for (let i = 0; i < count; i++, at += 48) {
        terms.push({ xorb: readHash(shard, at), bytes: shard.readUInt32LE(at + 36), from: shard.readUInt32LE(at + 40), to: shard.readUInt32LE(at + 44) });
      }
      if (flags & WITH_VERIFICATION) at += 48 * count;
      if ((flags & WITH_METADATA) === 0) throw new Error('a file without its sha256');
      this.files.set(readHash(shard, at), terms);
      at += 48;
    }
  }

  /** A file's bytes, decoded by the library's own reader from what was uploaded; `undefined` if they were not. */
  async file(sha256: string, size: number, url: string): Promise<Buffer | undefined> {
    if (!this.files.has(sha256)) return undefined;
    const xet = { hash: sha256, refreshUrl: new URL(`${url}/xet-token`), reconstructionUrl: new URL(`${url}/cas/v1/reconstructions/${sha256}`) };
    const blob = await downloadFile({ repo: 'any/any', path: 'any', hubUrl: url, downloadInfo: { size, etag: sha256, url, xet } });
    return Buffer.from(await blob!.arrayBuffer());
  }

  /** The answer to the library's question how to put a file together. */
  reconstruction(sha256: string, url: string): unknown {
    const terms = this.files.get(sha256)!;
    const xorbs = Object.fromEntries(
      [...new Set(terms.map((t) => t.xorb))].map((hash) => {
        const bytes = this.xorbs.get(hash)!;
        return [hash, [{ url: `${url}/cas/xorbs/${hash}`, ranges: [{ chunks: { start: 0, end: chunkCount(bytes) }, bytes: { start: 0, end: bytes.length - 1 } }] }]];
      }),
    );
    return { offset_into_first_range: 0, xorbs, terms: terms.map((t) => ({ hash: t.xorb, unpacked_length: t.bytes, range: { start: t.from, end: t.to } })) };
  }
}

/** Chunks in a xorb: each has eight bytes of header with its compressed length. */
function chunkCount(xorb: Buffer): number {
  let count = 0;
  for (let at = 0; at < xorb.length; count++) at += 8 + xorb.readUIntLE(at + 1, 3);
  return count;
}

/** Hashes lie as four little-endian u64. */
function readHash(bytes: Buffer, at: number): string {
  return [0, 8, 16, 24].map((offset) => bytes.readBigUInt64LE(at + offset).toString(16).padStart(16, '0')).join('');
}
