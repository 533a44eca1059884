import { readFile } from 'node:fs/promises';
import { PsycheError } from '../../errors.js';
import { DataError } from '../../training/errors.js';
import { findInputs } from '../../training/data/prepare/inputs.js';
import { indexInPlace } from '../../training/data/prepare/index-in-place.js';
import { prepare, type Prepared } from '../../training/data/prepare/prepare.js';
import { BlockCache, operatorPolicy } from '../../training/data/remote.js';
import { untilInterrupted } from '../common/interrupt.js';
import { print } from '../common/output.js';
import { formatSize } from '../common/size.js';
import { endOfTextFlag, type PrepareFlags } from './options.js';
import { ProgressLine } from './progress.js';

/** @throws PsycheError `NO_FOLDER`; DataError, RemoteError */
export async function prepareData(inputs: readonly string[], flags: PrepareFlags): Promise<void> {
  const signal = untilInterrupted();
  const line = new ProgressLine();
  const started = Date.now();
  try {
    const made = await (flags.tokens ? inPlace(inputs, flags, line, signal) : fromText(inputs, flags, line, signal));
    line.clear();
    report(made, flags, (Date.now() - started) / 1000);
  } finally {
    line.clear();
  }
}

async function inPlace(paths: readonly string[], flags: PrepareFlags, line: ProgressLine, signal: AbortSignal): Promise<Prepared> {
  if (flags.out !== undefined) throw new PsycheError('NO_FOLDER', 'With --tokens the files stay where they are, and the index is put beside them: leave out --out.');
  const separator = endOfTextFlag(flags.endOfText);
  if (typeof separator === 'string') throw new PsycheError('NO_TOKEN', 'With --tokens name the token at the end of documents by its number.');
  const progress = (bytes: number, total: number): void => line.show(() => `${Math.floor((100 * bytes) / total)} % of ${formatSize(total)}`);
  const tokenizer = flags.tokenizer === 'bytes' ? undefined : await readTokenizer(flags.tokenizer);
  return indexInPlace({ paths, tokenType: flags.tokenType, tokenizer, separator, vocabSize: flags.vocabSize, signal, progress });
}

async function fromText(paths: readonly string[], flags: PrepareFlags, line: ProgressLine, signal: AbortSignal): Promise<Prepared> {
  if (flags.out === undefined) throw new PsycheError('NO_FOLDER', 'Say with --out where the data set is to be put.');
  const endOfText = endOfTextFlag(flags.endOfText);
  // The operator names these addresses: they may be of their own network.
  const inputs = await findInputs(paths, { cache: await BlockCache.open(flags.cacheDir, flags.maxDisk), policy: operatorPolicy(paths), signal });
  return prepare({
    inputs,
    folder: flags.out,
    tokenizer: flags.tokenizer === 'bytes' ? { kind: 'bytes', endOfText: endOfText !== null } : { kind: 'tokenizer.json', bytes: await readTokenizer(flags.tokenizer), endOfText },
    column: flags.column,
    documentSeparator: flags.documentSeparator,
    shardTokens: flags.shardTokens,
    threads: flags.threads,
    force: flags.force,
    signal,
    progress: ({ input, tokens, documents }) => line.show(() => `${tokens} tokens of ${documents} documents: ${input.slice(-60)}`),
  });
}

async function readTokenizer(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw new DataError('DATA_NOT_FOUND', `The tokenizer ${path} can't be read: name a tokenizer.json, or "bytes".`, { cause });
  });
}

function report({ index, hash, skipped }: Prepared, flags: PrepareFlags, seconds: number): void {
  const lines = [
    `${index.tokens} tokens${index.documents === null ? '' : ` of ${index.documents} documents`} in ${index.shards.length} ${index.shards.length === 1 ? 'file' : 'files'} (${index.tokenType}, ${formatSize(index.bytes)})`,
    `for a run's settings:`,
    `  index = "${hash}"`,
    `  tokens = ${index.tokens}`,
    `  bytes = ${index.bytes}`,
  ];
  if (skipped.length > 0) lines.unshift(`left out, since there is no text in them: ${skipped.slice(0, 10).join(', ')}${skipped.length > 10 ? ` and ${skipped.length - 10} more` : ''}`);
  const { shards, ...head } = index;
  print(flags.output, lines.join('\n'), { ...head, shards: shards.length, index: hash, skipped, seconds });
}
