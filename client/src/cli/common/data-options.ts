import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { openData, openRunTokenizer, type TrainingData } from '../../training/data/index.js';
import type { RunManifest } from '../../training/manifest.js';
import type { Tokenizer } from '../../training/tokenizer/index.js';
import { PROJECT_ROOT } from '../../version.js';
import { parseSize } from './size.js';

/** Where a command finds what a run trains on. */
export interface DataFlags {
  data: string[];
  /** The older name of a `--data` without a name. */
  text?: string;
  maxDisk: number;
  cacheDir: string;
}

/** Where fetched and derived files are kept unless told otherwise: `$XDG_CACHE_HOME/psyche` or `~/.cache/psyche`. */
export const defaultCacheDir = (): string => join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'psyche');

export function dataOptions(command: Command): Command {
  return command
    .option('--data <[name=]place>', "a file or folder that the run trains on, or a mirror of it; with the source's name where there are several, `tokenizer=` for the tokenizer.json; may be repeated (default: what the run's manifest names)", (place: string, earlier: string[]) => [...earlier, place], [])
    .option('--text <file>', 'the same as --data, for runs on one text')
    .option('--max-disk <size>', 'how much of remote data to keep', parseSize, 20e9)
    .option('--cache-dir <dir>', 'where to keep it', defaultCacheDir());
}

/**
 * Opens a run's tokenizer and data, verified.
 * @throws DataError, RemoteError; the signal's reason
 */
export async function openRunData(manifest: RunManifest, flags: DataFlags, options: { signal: AbortSignal; log: (line: string) => void }): Promise<{ data: TrainingData; tokenizer: Tokenizer }> {
  const shared = {
    ...options,
    paths: flags.text === undefined ? flags.data : [...flags.data, flags.text],
    cacheDir: flags.cacheDir,
    maxDiskBytes: flags.maxDisk,
    shippedDir: join(PROJECT_ROOT, 'data'),
  };
  const tokenizer = await openRunTokenizer(manifest, shared);
  return { tokenizer, data: await openData(manifest, { ...shared, tokenizer }) };
}
