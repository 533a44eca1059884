import { BlockCache } from './remote/block-cache.js';
import { fileUrl } from './remote/location.js';
import { operatorPolicy, type RemotePolicy } from './remote/policy.js';
import { RemoteFile } from './remote/remote-file.js';

export { BlockCache } from './remote/block-cache.js';
export { RemoteError, type RemoteErrorCode } from './remote/errors.js';
export { fileUrl, isInnerPath, isRemote } from './remote/location.js';
export { operatorPolicy, type RemotePolicy } from './remote/policy.js';
export { RemoteFile } from './remote/remote-file.js';

export interface RemoteOptions {
  /** A larger file is refused before any of it is fetched. */
  maxBytes: number;
  /** Where parts that were read are kept, at most `maxDiskBytes` of them; absent: they are not kept. */
  cacheDir?: string;
  maxDiskBytes?: number;
  /** The one cache of this process, where there is one already. */
  cache?: BlockCache;
  /** Below `location` as a folder. */
  path?: string;
  exactBytes?: number;
  blockBytes?: number;
  /** What the operator allows; never what a manifest says. Default: the environment's. */
  policy?: RemotePolicy;
  signal?: AbortSignal;
}

/**
 * Opens a file that a manifest names: `https://…` or `hf://[datasets/]owner/name[@revision]/path`. Private addresses are
 * refused when the connection is made, after redirects too, and the size is known and judged before anything is kept.
 *
 * @throws RemoteError
 */
export async function openRemote(location: string, options: RemoteOptions): Promise<RemoteFile> {
  const policy = options.policy ?? operatorPolicy();
  const cache = options.cache ?? (options.cacheDir === undefined ? undefined : await BlockCache.open(options.cacheDir, options.maxDiskBytes ?? options.maxBytes));
  const { maxBytes, exactBytes, blockBytes, signal } = options;
  return RemoteFile.open(fileUrl(location, options.path, policy), { policy, cache, maxBytes, exactBytes, blockBytes, signal });
}
