import { basename, resolve } from 'node:path';
import { PsycheError } from '../../errors.js';
import { describeSource, describeText, describeTokenizer } from '../../training/data/index.js';
import { TOKENIZER_PLACE } from '../../training/data/places.js';
import type { DataManifest, SourceManifest, TextManifest, TokenizerManifest } from '../../training/manifest.js';
import { defaultCacheDir } from '../common/data-options.js';
import type { TomlFields } from './toml-fields.js';

/** Paths on this machine by the names that `--data` has for them. */
export type DataPaths = ReadonlyMap<string, string>;

const NAME = /^[\x20-\x7e]{1,64}$/;
const NAME_IS = 'a name of 1 to 64 printable characters';
const HASH = /^[0-9a-f]{64}$/;
const LOCATION = /^(https|hf):\/\/.{1,250}$/;
const MOST = 2n ** 52n;

/**
 * `[data]`: one text in `file`, or a mixture of prepared data sets in `[[data.sources]]`.
 * @param paths takes the paths that are named
 * @param override a path instead of the file's
 * @throws PsycheError `BAD_SETTINGS`, `NO_TEXT`; DataError
 */
export async function dataOf(t: TomlFields, folder: string, paths: Map<string, string>, override?: string): Promise<DataManifest> {
  const heldOutPermille = t.whole('held_out_permille', 0, 500, 'thousandths', 50);
  if (!t.has('sources')) {
    const given = t.text('file', /./, 'the path of the text to train on; or describe prepared data sets in [[data.sources]]', override);
    const path = override === undefined ? resolve(folder, given) : resolve(override);
    const name = t.text('name', NAME, NAME_IS, basename(path));
    paths.set(name, path);
    return { kind: 'text', ...(await textAt(path)), name, heldOutPermille };
  }
  if (override !== undefined) throw new PsycheError('BAD_SETTINGS', '--data names one text, but the settings have [[data.sources]]: say the paths there.');
  const sources: SourceManifest[] = [];
  for (const table of t.tables('sources')) {
    sources.push(await sourceOf(table, folder, paths));
    table.end();
  }
  return { kind: 'mixture', heldOutPermille, separateDocuments: t.flag('separate_documents', false), sources };
}

async function sourceOf(t: TomlFields, folder: string, paths: Map<string, string>): Promise<SourceManifest> {
  const name = t.text('name', NAME, NAME_IS);
  const weight = t.whole('weight', 1, 1 << 20, 'share beside the other sources', 1);
  const location = t.has('location') ? t.text('location', LOCATION, 'https://… or hf://datasets/owner/name@revision/path') : undefined;
  if (t.has('path')) {
    const path = resolve(folder, t.text('path', /./, 'the folder of a prepared data set'));
    paths.set(name, path);
    return (await describeSource(path, { name, weight, location, cacheDir: defaultCacheDir() })).source;
  }
  return {
    name,
    weight,
    index: t.text('index', HASH, "the hash of the data set's index, as `psyche-client data inspect` prints it; or its folder in `path`"),
    tokens: Number(t.bigWhole('tokens', 1n, MOST, 'tokens')),
    bytes: Number(t.bigWhole('bytes', 1n, MOST, 'bytes')),
    ...(location === undefined ? {} : { location }),
  };
}

/**
 * `[tokenizer]`: bytes, or a tokenizer.json by `file` or by its hash and size.
 * @param paths takes the file's path
 * @throws PsycheError `BAD_SETTINGS`; DataError
 */
export async function tokenizerOf(t: TomlFields, folder: string, paths: Map<string, string>): Promise<TokenizerManifest> {
  const kind = t.choice('kind', ['bytes', 'tokenizer.json'], t.has('file') || t.has('sha256') ? 'tokenizer.json' : 'bytes');
  if (kind === 'bytes') return { kind };
  const given = t.has('end_of_text') ? { endOfText: t.whole('end_of_text', 0, 1 << 20, 'a token') } : {};
  const location = t.has('location') ? { location: t.text('location', LOCATION, 'https://… or hf://owner/name@revision/tokenizer.json') } : {};
  if (t.has('file')) {
    const path = resolve(folder, t.text('file', /./, 'the path of a tokenizer.json'));
    paths.set(TOKENIZER_PLACE, path);
    return { ...(await describeTokenizer(path, given.endOfText)).manifest, ...location };
  }
  return {
    kind,
    sha256: t.text('sha256', HASH, 'the sha256 of the tokenizer.json in hex; or its path in tokenizer.file'),
    bytes: t.whole('bytes', 1, 1 << 26, 'bytes'),
    ...given,
    ...location,
  };
}

/** Size and hash of the text. */
async function textAt(path: string): Promise<Omit<TextManifest, 'kind' | 'heldOutPermille'>> {
  try {
    return await describeText(path);
  } catch (cause) {
    throw new PsycheError('NO_TEXT', `The text ${path} can't be read: name it in data.file, or with --data.`, { cause });
  }
}
