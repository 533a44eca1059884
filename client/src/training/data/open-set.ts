import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError } from '../errors.js';
import { blockCount, HASH_BYTES, hashFile, HASHES_NAME } from './block-hashes.js';
import { LocalFile, type RandomAccessFile, readWhole } from './random-access.js';
import type { BlockCache } from './remote/block-cache.js';
import { isRemote } from './remote/location.js';
import type { RemotePolicy } from './remote/policy.js';
import { RemoteFile } from './remote/remote-file.js';
import { openRemote } from './remote.js';
import { type OpenShard, ShardStream } from './shard-stream.js';
import { hashOf, INDEX_NAME, MAX_INDEX_BYTES, parseIndex, type TokenIndex } from './token-index.js';
import { VerifiedFiles } from './verified.js';

/** Local sets up to this size are hashed when they are first opened; of larger ones each block when it is read. */
const HASH_AT_OPEN_BYTES = 64 * 2 ** 30;

export interface OpenSetOptions {
  cacheDir: string;
  cache: BlockCache;
  policy: RemotePolicy;
  signal?: AbortSignal;
  log?: (line: string) => void;
  /** Verify each block when it is read, not all of them at once, also of a small set. */
  whenRead?: boolean;
}

/** A prepared data set that is at hand. */
export interface OpenSet {
  index: TokenIndex;
  /** SHA-256 of the index, in hex: the set's identity. */
  hash: string;
  stream: ShardStream;
}

/** A folder with a prepared set: `path/index.json`, or a path to the index itself. */
export const indexPath = (path: string): string => (path.endsWith('.json') ? path : join(path, INDEX_NAME));

/** Reads a set's index, here or elsewhere. @throws DataError `DATA_NOT_FOUND`, `DATA_INDEX_INVALID`; RemoteError */
export async function readIndex(place: string, options: Pick<OpenSetOptions, 'cache' | 'policy' | 'signal'>): Promise<{ index: TokenIndex; hash: string }> {
  const file: RandomAccessFile = isRemote(place)
    ? await openRemote(place, { ...options, path: INDEX_NAME, maxBytes: Math.min(MAX_INDEX_BYTES, options.cache.maxBytes) })
    : await LocalFile.open(await localIndex(place));
  try {
    const bytes = await readWhole(file, MAX_INDEX_BYTES, options.signal);
    return { index: parseIndex(bytes), hash: hashOf(bytes) };
  } finally {
    await file.close();
  }
}

/** @param path of a folder, of an index, or of one of an index's files */
async function localIndex(path: string): Promise<string> {
  const info = await stat(path).catch(() => undefined);
  const found = info?.isFile() && !path.endsWith('.json') ? join(dirname(path), INDEX_NAME) : indexPath(path);
  if (!(await stat(found).catch(() => undefined))?.isFile()) {
    throw new DataError('DATA_NOT_FOUND', `There is no ${found}: prepare the data set with \`psyche-client data prepare\` (tokens in flat files: \`data prepare --tokens\`), or get its index.json from whoever made the run.`);
  }
  return found;
}

/**
 * Opens a prepared set, here or elsewhere, and makes sure that it is what its index says: local files by their sizes and
 * hashes, remote ones block by block as they are read.
 *
 * @param known the index where it is known already: a folder of shards without one will do then
 * @throws DataError `DATA_NOT_FOUND`, `DATA_DIFFERS`, `DATA_INDEX_INVALID`; RemoteError
 */
export async function openSet(place: string, options: OpenSetOptions, known?: { index: TokenIndex; hash: string }): Promise<OpenSet> {
  const { index, hash } = known ?? (await readIndex(place, options));
  const open = isRemote(place) ? remoteShards(place, index, options) : await localShards(place, index, options);
  return { index, hash, stream: new ShardStream(place, index, open) };
}

async function localShards(place: string, index: TokenIndex, options: OpenSetOptions): Promise<(shard: number) => Promise<OpenShard>> {
  const folder = (await stat(place)).isDirectory() ? place : dirname(place);
  const path = (shard: number): string => join(folder, index.shards[shard].path);
  for (let i = 0; i < index.shards.length; i++) {
    const info = await stat(path(i)).catch(() => undefined);
    if (!info?.isFile()) throw new DataError('DATA_NOT_FOUND', `There is no ${path(i)}, which the data set's index names: complete the copy.`);
    if (info.size !== index.shards[i].bytes) throw differs(path(i), `it has ${info.size} bytes, not ${index.shards[i].bytes}`);
  }
  if ((options.whenRead || index.bytes > HASH_AT_OPEN_BYTES) && (await stat(join(folder, HASHES_NAME)).catch(() => undefined))?.isFile()) {
    return async (shard) => {
      const hashes = await LocalFile.open(join(folder, HASHES_NAME));
      try {
        return { file: await LocalFile.open(path(shard)), digests: await digestsOf(hashes, index, shard, options.signal) };
      } finally {
        await hashes.close();
      }
    };
  }
  await verifyAll(path, index, options);
  return async (shard) => ({ file: await LocalFile.open(path(shard)) });
}

/** Hashes every file that was not hashed before in the state it is in. @throws DataError `DATA_DIFFERS` */
async function verifyAll(path: (shard: number) => string, index: TokenIndex, { cacheDir, signal, log }: OpenSetOptions): Promise<void> {
  const verified = new VerifiedFiles(cacheDir);
  let told = Date.now();
  let done = 0;
  for (let i = 0; i < index.shards.length; i++) {
    const file = await LocalFile.open(path(i));
    try {
      const what = `blocks of ${index.blockBytes}`;
      const progress = (bytes: number): void => {
        done += bytes;
        if (Date.now() - told < 5000) return;
        told = Date.now();
        log?.(`verifying the data: ${Math.floor((100 * done) / index.bytes)} % of ${(index.bytes / 1e9).toFixed(1)} GB`);
      };
      const found = (await verified.recall(path(i), file.stamp, what)) ?? (await hashFile(file, index.blockBytes, { signal, progress })).hash;
      if (found !== index.shards[i].hash) throw differs(path(i), 'its hash is not the one in the index');
      await verified.note(path(i), file.stamp, what, found);
    } finally {
      await file.close();
    }
  }
}

function remoteShards(place: string, index: TokenIndex, { cache, policy, signal }: OpenSetOptions): (shard: number) => Promise<OpenShard> {
  const { blockBytes, shards } = index;
  const blocks = shards.reduce((sum, s) => sum + blockCount(s.bytes, blockBytes), 0);
  const open = (path: string, bytes: number): Promise<RemoteFile> => openRemote(place, { cache, policy, signal, path, maxBytes: bytes, exactBytes: bytes, blockBytes });
  return async (shard) => {
    const hashes = await open(HASHES_NAME, blocks * HASH_BYTES);
    return { file: await open(shards[shard].path, shards[shard].bytes), digests: await digestsOf(hashes, index, shard, signal) };
  };
}

/** A shard's part of the file of hashes. @throws DataError `DATA_DIFFERS` where that is not what the index names */
async function digestsOf(hashes: RandomAccessFile, index: TokenIndex, shard: number, signal?: AbortSignal): Promise<Uint8Array> {
  const before = index.shards.slice(0, shard).reduce((sum, s) => sum + blockCount(s.bytes, index.blockBytes), 0);
  const length = blockCount(index.shards[shard].bytes, index.blockBytes) * HASH_BYTES;
  if (before * HASH_BYTES + length > hashes.size) throw differs(hashes.name, 'it is too short');
  for (let attempt = 0; ; attempt++) {
    const digests = await hashes.read(before * HASH_BYTES, length, signal);
    if (createHash('sha256').update(digests).digest('hex') === index.shards[shard].hash) return digests;
    if (!(hashes instanceof RemoteFile) || attempt > 0) throw differs(hashes.name, `its hashes of ${index.shards[shard].path} are not those of the index`);
    // What the cache holds may be from before somebody put it right.
    await hashes.forget(before * HASH_BYTES, length);
  }
}

function differs(path: string, how: string): DataError {
  return new DataError('DATA_DIFFERS', `${path} is not what the data set's index says: ${how}. Get the run's own file.`);
}
