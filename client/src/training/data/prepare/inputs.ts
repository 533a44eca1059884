import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../errors.js';
import { LocalFile, type RandomAccessFile } from '../random-access.js';
import type { BlockCache } from '../remote/block-cache.js';
import { isRemote } from '../remote/location.js';
import type { RemotePolicy } from '../remote/policy.js';
import { openRemote } from '../remote.js';

/** A file with documents. */
export interface Input {
  /** Path or address. */
  name: string;
  kind: 'text' | 'jsonl' | 'parquet';
  gzip: boolean;
  open(): Promise<RandomAccessFile>;
}

export interface RemoteAccess {
  cache?: BlockCache;
  policy?: RemotePolicy;
  signal?: AbortSignal;
}

/** Remote inputs are read through once, in parts of this size. */
const REMOTE_BLOCK_BYTES = 4 << 20;

/**
 * The files that the operator's paths name, folders with all that is below them in the order of their names (by UTF-16
 * unit, whatever the machine's language): the same tree gives the same order everywhere.
 *
 * @throws DataError `DATA_NOT_FOUND`
 */
export async function findInputs(paths: readonly string[], access: RemoteAccess = {}): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const path of paths) {
    if (isRemote(path)) {
      inputs.push({ name: path, ...kindOf(path.replace(/[?#].*$/, '')), open: () => openRemote(path, { ...access, maxBytes: 2 ** 43, blockBytes: REMOTE_BLOCK_BYTES }) });
      continue;
    }
    const info = await stat(path).catch((cause: unknown) => {
      throw new DataError('DATA_NOT_FOUND', `There is no ${path}.`, { cause });
    });
    for (const file of info.isDirectory() ? await filesBelow(path) : [path]) inputs.push({ name: file, ...kindOf(file), open: () => LocalFile.open(file) });
  }
  return inputs;
}

/** All files of a folder but hidden ones, in order. @param wanted of their names */
export async function filesBelow(folder: string, wanted: RegExp = /./): Promise<string[]> {
  const found: string[] = [];
  const entries = (await readdir(folder, { withFileTypes: true })).filter((e) => !e.name.startsWith('.'));
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(path, wanted)));
    else if (entry.isFile() && wanted.test(entry.name)) found.push(path);
  }
  return found;
}

function kindOf(name: string): Pick<Input, 'kind' | 'gzip'> {
  const gzip = name.endsWith('.gz');
  const plain = gzip ? name.slice(0, -3) : name;
  return { gzip, kind: /\.(jsonl|ndjson)$/.test(plain) ? 'jsonl' : /\.parquet$/.test(plain) && !gzip ? 'parquet' : 'text' };
}
