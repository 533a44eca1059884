import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { PsycheError } from '../../errors.js';
import type { DataManifest, SourceManifest, TokenizerManifest } from '../../training/manifest.js';
import type { TomlFields } from './toml-fields.js';

/** Paths on this machine by the names that the manifest has for them. */
export type DataPaths = ReadonlyMap<string, string>;

const NAME = /^[\x20-\x7e]{1,64}$/;
const NAME_IS = 'a name of 1 to 64 printable characters';
const HASH = /^[0-9a-f]{64}$/;
const LOCATION = /^(https|hf):\/\/.{1,250}$/;
const MOST = 2n ** 52n;

/**
 * `[data]`: one text in `file`, or a mixture of prepared data sets in `[[data.sources]]`.
 * @param override a path instead of the file's
 * @throws PsycheError `BAD_SETTINGS`, `NO_TEXT`; DataError
 */
export async function dataOf(t: TomlFields, folder: string, override?: string): Promise<{ data: DataManifest; paths: DataPaths }> {
  const heldOutPermille = t.whole('held_out_permille', 0, 500, 'thousandths', 50);
  if (!t.has('sources')) {
    const given = t.text('file', /./, 'the path of the text to train on; or describe prepared data sets in [[data.sources]]', override);
    const path = override === undefined ? resolve(folder, given) : resolve(override);
    const name = t.text('name', NAME, NAME_IS, basename(path));
    return { data: { kind: 'text', name, ...(await fingerprint(path, 'data.file')), heldOutPermille }, paths: new Map([[name, path]]) };
  }
  if (override !== undefined) throw new PsycheError('BAD_SETTINGS', '--data names one text, but the settings have [[data.sources]]: say the paths there.');
  const paths = new Map<string, string>();
  const sources: SourceManifest[] = [];
  for (const table of t.tables('sources')) {
    sources.push(await sourceOf(table, folder, paths));
    table.end();
  }
  return { data: { kind: 'mixture', heldOutPermille, separateDocuments: t.flag('separate_documents', false), sources }, paths };
}

async function sourceOf(t: TomlFields, folder: string, paths: Map<string, string>): Promise<SourceManifest> {
  const name = t.text('name', NAME, NAME_IS);
  const weight = t.whole('weight', 1, 1 << 20, 'share beside the other sources', 1);
  const location = t.has('location') ? { location: t.text('location', LOCATION, 'https://… or hf://datasets/owner/name@revision/path') } : {};
  return {
    name,
    weight,
    index: t.text('index', HASH, "the hash of the data set's index, as `psyche-client data inspect` prints it"),
    tokens: Number(t.bigWhole('tokens', 1n, MOST, 'tokens')),
    bytes: Number(t.bigWhole('bytes', 1n, MOST, 'bytes')),
    ...location,
  };
}

/** `[tokenizer]`: bytes, or a tokenizer.json by `file` or by its hash and size. @throws PsycheError `BAD_SETTINGS`, `NO_TEXT` */
export async function tokenizerOf(t: TomlFields, folder: string): Promise<TokenizerManifest> {
  const kind = t.choice('kind', ['bytes', 'tokenizer.json'], t.has('file') || t.has('sha256') ? 'tokenizer.json' : 'bytes');
  if (kind === 'bytes') return { kind };
  const identity = t.has('file')
    ? await fingerprint(resolve(folder, t.text('file', /./, 'the path of a tokenizer.json')), 'tokenizer.file')
    : { sha256: t.text('sha256', HASH, 'the sha256 of the tokenizer.json in hex; or its path in tokenizer.file'), bytes: t.whole('bytes', 1, 1 << 26, 'bytes') };
  return {
    kind,
    ...identity,
    ...(t.has('end_of_text') ? { endOfText: t.whole('end_of_text', 0, 1 << 20, 'a token') } : {}),
    ...(t.has('location') ? { location: t.text('location', LOCATION, 'https://… or hf://owner/name@revision/tokenizer.json') } : {}),
  };
}

/** Size and hash, by which members check that they have the same file. */
async function fingerprint(path: string, field: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (cause) {
    throw new PsycheError('NO_TEXT', `The file ${path} can't be read: name it in ${field}, or with --data.`, { cause });
  }
  return { sha256: hash.digest('hex'), bytes };
}
