/**
 * What a run trains on: tokens of prepared data sets or of a text, here or elsewhere, verified before they are used.
 *
 * ```ts
 * const data = await openData(manifest, { paths: ['fineweb=/data/fineweb'], tokenizer, cacheDir, maxDiskBytes });
 * const share = await data.sequences(first, count, signal);
 * ```
 * @packageDocumentation
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../errors.js';
import type { RunManifest } from '../manifest.js';
import { openTokenizer, type Tokenizer } from '../tokenizer/index.js';
import { MixtureData } from './mixture.js';
import type { OpenSetOptions } from './open-set.js';
import { dataPlaces } from './places.js';
import { BlockCache, operatorPolicy, type RemotePolicy } from './remote.js';
import { TextData } from './text-data.js';
import type { TrainingData } from './training-data.js';

export { describeSource, describeText, describeTokenizer, type Description } from './describe.js';
export { dataPlaces } from './places.js';
export { openRemote, operatorPolicy, RemoteError, type RemotePolicy } from './remote.js';
export type { TrainingData } from './training-data.js';

export interface OpenDataOptions {
  /** The operator's `--data [name=]place`, as given or by name: folders, files, or addresses of a mirror. */
  paths: ReadonlyMap<string, string> | readonly string[];
  /** Where remote parts, encoded texts and notes of verified files are kept. */
  cacheDir: string;
  /** Of remote parts. */
  maxDiskBytes: number;
  /** Of {@link openRunTokenizer}. */
  tokenizer: Tokenizer;
  /** Where texts that come with this package are. */
  shippedDir?: string;
  /** What the operator allows; default: the environment's, and the places given. */
  policy?: RemotePolicy;
  signal?: AbortSignal;
  log?: (line: string) => void;
}

type DataOf = Pick<RunManifest, 'model' | 'initialization' | 'data' | 'tokenizer'>;

/** The run's tokenizer, from where the same options lead. @throws as {@link openTokenizer} */
export async function openRunTokenizer(manifest: DataOf, options: Omit<OpenDataOptions, 'tokenizer'>): Promise<Tokenizer> {
  if (manifest.tokenizer.kind === 'bytes') return openTokenizer(manifest, { paths: new Map() });
  const paths = placesOf(manifest, options.paths);
  const cache = await BlockCache.open(options.cacheDir, options.maxDiskBytes);
  return openTokenizer(manifest, { paths, cache, policy: options.policy ?? operatorPolicy([...paths.values()]), signal: options.signal });
}

/**
 * Opens what a run trains on. Data that differ from the manifest's are found out here, those elsewhere block by block.
 * @throws DataError `DATA_NOT_FOUND`, `DATA_DIFFERS`, `DATA_TOO_SHORT`, `DATA_INDEX_INVALID`, `DATA_PATHS`; RemoteError; the signal's reason
 */
export async function openData(manifest: DataOf, options: OpenDataOptions): Promise<TrainingData> {
  const { data } = manifest;
  const places = placesOf(manifest, options.paths);
  const set: OpenSetOptions = {
    cacheDir: options.cacheDir,
    cache: await BlockCache.open(options.cacheDir, options.maxDiskBytes),
    policy: options.policy ?? operatorPolicy([...places.values()]),
    signal: options.signal,
    log: options.log,
  };
  if (data.kind === 'mixture') return MixtureData.open({ ...manifest, data }, places, set);
  return TextData.open({ ...manifest, data }, places.get(data.name) ?? shippedText(data.name, data, options.shippedDir), options.tokenizer, set);
}

function placesOf({ data }: DataOf, paths: OpenDataOptions['paths']): ReadonlyMap<string, string> {
  return paths instanceof Map ? paths : dataPlaces(data, paths as readonly string[]);
}

/** A text of this package that has the run's name; whether it is the run's text, its hash will tell. */
function shippedText(name: string, { bytes, sha256 }: { bytes: number; sha256: string }, folder: string | undefined): string {
  if (folder !== undefined && /^[\w-][\w.-]*$/.test(name) && existsSync(join(folder, name))) return join(folder, name);
  throw new DataError('DATA_NOT_FOUND', `The run trains on "${name}" (${bytes} bytes, sha256 ${sha256}): say where it is with --data FILE.`);
}
