import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { openData, type OpenDataOptions, openRunTokenizer, type TrainingData } from '../../training/data/index.js';
import type { RunManifest } from '../../training/manifest.js';
import type { Tokenizer } from '../../training/tokenizer/tokenizer.js';
import { PROJECT_ROOT } from '../../version.js';
import { collect } from './collect.js';
import { parseSize } from './size.js';

/** Where a command that trains or evaluates finds what a run trains on. */
export interface DataFlags {
  data: string[];
  /** What `--data` was called while runs trained on texts alone. */
  text?: string;
  maxDisk: number;
  cacheDir: string;
}

/** Adds `--data`, `--max-disk` and `--cache-dir` to a command. */
export function dataOptions(command: Command): Command {
  return cacheOptions(
    command
      .option('--data <[name=]place>', 'where a text or a prepared data set of the run is: a path, or the address of a copy; may be repeated (default: where the run says)', collect, [])
      .addOption(new Option('--text <file>', 'the same, for a text').hideHelp()),
  );
}

/** Adds `--max-disk` and `--cache-dir` alone. */
export function cacheOptions(command: Command): Command {
  return command
    .addOption(new Option('--max-disk <size>', 'most that is kept of data fetched from elsewhere').argParser(parseSize).default(20e9, '20GB'))
    .option('--cache-dir <dir>', 'where that is kept', defaultCacheDir());
}

/** `$XDG_CACHE_HOME/psyche` or `~/.cache/psyche`. */
export function defaultCacheDir(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'psyche');
}

/** What the flags mean for `openData`. */
export function dataPlacesOf(flags: DataFlags): Omit<OpenDataOptions, 'tokenizer'> {
  return { paths: [...flags.data, ...(flags.text === undefined ? [] : [flags.text])], cacheDir: flags.cacheDir, maxDiskBytes: flags.maxDisk, shippedDir: join(PROJECT_ROOT, 'data') };
}

/**
 * Opens what a run trains on, and its tokenizer.
 * @throws DataError, RemoteError; the signal's reason
 */
export async function openRunData(manifest: RunManifest, flags: DataFlags, more: { signal?: AbortSignal; log?: (line: string) => void } = {}): Promise<{ tokenizer: Tokenizer; data: TrainingData }> {
  const options = { ...dataPlacesOf(flags), ...more };
  const tokenizer = await openRunTokenizer(manifest, options);
  return { tokenizer, data: await openData(manifest, { ...options, tokenizer }) };
}
