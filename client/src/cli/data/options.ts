import { type Command, InvalidArgumentError, Option } from 'commander';
import { TOKEN_BYTES, type TokenType } from '../../training/data/token-index.js';
import { outputOption } from '../common/chain-options.js';
import { wholeNumber } from '../common/whole-number.js';
import { cacheOptions, type DataFlags, dataOptions } from '../common/data-options.js';

/** What `data prepare` is asked to do; see `--help`. */
export interface PrepareFlags {
  out?: string;
  tokens: boolean;
  tokenizer: string;
  endOfText?: string;
  column: string;
  documentSeparator?: string;
  shardTokens: number;
  tokenType?: TokenType;
  vocabSize?: number;
  threads?: number;
  force: boolean;
  maxDisk: number;
  cacheDir: string;
  output: 'text' | 'json';
}

export function prepareOptions(command: Command): Command {
  return cacheOptions(
    command
      .argument('<inputs...>', 'texts, .jsonl, .parquet (also .gz), folders of them, https:// or hf://; with --tokens flat files of tokens')
      .option('-o, --out <folder>', 'where the data set is put (with --tokens it stays where it is)')
      .option('--tokens', 'the inputs are tokens already (.bin, .ds, .npy): write an index beside them', false)
      .option('--tokenizer <file>', 'a tokenizer.json, or "bytes"', 'bytes')
      .option('--end-of-text <token>', 'the token after each document, by its name or number, or "none" (default: the tokenizer\'s)')
      .option('--column <name>', 'the field or column with the text', 'text')
      .option('--document-separator <text>', 'what stands between the documents of a text file, such as "<|endoftext|>" (default: each file is one document)')
      .option('--shard-tokens <n>', 'tokens of a file', wholeNumber(1024, 2 ** 34), 2 ** 28)
      .addOption(new Option('--token-type <type>', 'of flat files that don\'t say it').choices(Object.keys(TOKEN_BYTES)))
      .option('--vocab-size <n>', 'of the tokenizer that flat files were made with', wholeNumber(1, 1 << 24))
      .option('--threads <n>', 'that encode (default: one a core)', wholeNumber(0, 256))
      .option('--force', 'replace what is in the folder', false)
      .addOption(outputOption()),
  );
}

/** What `data inspect` is asked to do. */
export interface InspectFlags extends DataFlags {
  samples: number;
  sampleTokens: number;
  tokenizer?: string;
  verify: boolean;
  output: 'text' | 'json';
}

export function inspectOptions(command: Command): Command {
  return dataOptions(
    command
      .argument('<what>', 'the folder or address of a prepared data set, or the JSON file of a run\'s manifest')
      .option('--samples <n>', 'sequences to show', wholeNumber(0, 1000), 3)
      .option('--sample-tokens <n>', 'of each that are shown', wholeNumber(1, 4096), 64)
      .option('--tokenizer <file>', 'to show text: a tokenizer.json (default: the one beside the data)')
      .option('--no-verify', 'do not compare the hashes of what is on this machine')
      .addOption(outputOption()),
  );
}

/** A token by number or name, `none`, or nothing said. */
export function endOfTextFlag(text: string | undefined): number | string | null | undefined {
  if (text === undefined) return undefined;
  if (text === 'none') return null;
  if (!/^\d+$/.test(text)) return text;
  if (Number(text) >= 1 << 24) throw new InvalidArgumentError('No tokenizer has such a token.');
  return Number(text);
}
