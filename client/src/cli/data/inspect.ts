import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PsycheError } from '../../errors.js';
import { MixtureData } from '../../training/data/mixture.js';
import { openSet, readIndex } from '../../training/data/open-set.js';
import { LocalFile, type RandomAccessFile, readWhole } from '../../training/data/random-access.js';
import { BlockCache, isRemote, openRemote, operatorPolicy } from '../../training/data/remote.js';
import { hashOf, type TokenIndex } from '../../training/data/token-index.js';
import { parseManifest, type RunManifest } from '../../training/manifest.js';
import { BytesTokenizer, HuggingFaceTokenizer, type Tokenizer, TOKENIZER_NAME } from '../../training/tokenizer/index.js';
import { untilInterrupted } from '../common/interrupt.js';
import { facts, print, table } from '../common/output.js';
import { formatSize } from '../common/size.js';
import { openRunData } from '../common/data-options.js';
import type { InspectFlags } from './options.js';
import { ProgressLine } from './progress.js';

/** A sequence, for people. */
interface Sample {
  at: string;
  tokens: number[];
  text: string;
}

/** @throws DataError, RemoteError, ManifestError */
export async function inspectData(what: string, flags: InspectFlags): Promise<void> {
  const manifest = isRemote(what) ? undefined : await manifestIn(what);
  await (manifest ? inspectRun(manifest, flags) : inspectSet(what, flags));
}

/** The manifest in a file, if it is one: a data set's index is JSON too. */
async function manifestIn(path: string): Promise<RunManifest | undefined> {
  if (!(await stat(path).catch(() => undefined))?.isFile() || !path.endsWith('.json')) return undefined;
  const text = await readFile(path, 'utf8');
  return text.includes('"psyche-tokens"') ? undefined : parseManifest(text.trim());
}

async function inspectSet(place: string, flags: InspectFlags): Promise<void> {
  const signal = untilInterrupted();
  const line = new ProgressLine();
  const cache = await BlockCache.open(flags.cacheDir, flags.maxDisk);
  const options = { cache, policy: operatorPolicy([place]), signal, cacheDir: flags.cacheDir, whenRead: !flags.verify, log: (text: string) => line.show(() => text) };
  const known = await readIndex(place, options);
  const { index, hash } = known;
  const tokenizer = await tokenizerOf(place, index, flags, options);
  const verified = flags.verify && !isRemote(place);
  const samples: Sample[] = [];
  if (flags.verify || flags.samples > 0) {
    const { stream } = await openSet(place, options, known);
    line.clear();
    try {
      const count = Math.min(flags.sampleTokens, index.tokens);
      for (let i = 0; i < flags.samples; i++) {
        const at = Math.floor((i * (index.tokens - count)) / Math.max(1, flags.samples - 1));
        samples.push(sampleOf(`token ${at}`, await stream.read(at, count, signal), tokenizer));
      }
    } finally {
      await stream.close();
    }
  }
  const { shards, ...head } = index;
  const lines = [
    facts([
      ['index', hash],
      ['tokens', `${index.tokens} (${index.tokenType}, ${formatSize(index.bytes)} in ${shards.length} ${shards.length === 1 ? 'file' : 'files'})`],
      ['documents', index.documents === null ? 'not counted' : `${index.documents}, ${(index.tokens / Math.max(1, index.documents)).toFixed(1)} tokens each`],
      ['vocabulary', String(index.vocabSize)],
      ['tokenizer', index.tokenizer.kind === 'tokenizer.json' ? `tokenizer.json, sha256 ${index.tokenizer.sha256}` : index.tokenizer.kind],
      ['end of a document', index.separator === null ? 'not marked' : `token ${index.separator}`],
      ['hashes', verified ? 'all files are what the index says' : isRemote(place) ? 'compared for what is shown' : 'not compared'],
    ]),
    ...samples.map(describe),
  ];
  print(flags.output, lines.join('\n\n'), { ...head, shards: shards.length, index: hash, verified, samples });
}

async function inspectRun(manifest: RunManifest, flags: InspectFlags): Promise<void> {
  const { data } = manifest;
  const signal = untilInterrupted();
  const line = new ProgressLine();
  const opened = await openRunData(manifest, flags, { signal, log: (text) => line.show(() => text) });
  line.clear();
  try {
    const samples: Sample[] = [];
    for (const [i, tokens] of (await opened.data.sequences(0, flags.samples, signal)).entries()) {
      const place = opened.data instanceof MixtureData && data.kind === 'mixture' ? opened.data.order.at(i) : undefined;
      const from = place && data.kind === 'mixture' ? `, sequence ${place.sequence} of ${data.sources[place.source].name}` : '';
      samples.push(sampleOf(`index ${i}${from}`, tokens.subarray(0, flags.sampleTokens), opened.tokenizer));
    }
    const { contextLength } = manifest.model;
    const total = opened.data.sequenceCount;
    const sources = data.kind === 'text' ? [{ name: data.name, weight: 1, bytes: data.bytes }] : data.sources;
    const weights = sources.reduce((sum, s) => sum + s.weight, 0);
    const rows = sources.map((s) => [s.name, `${((100 * s.weight) / weights).toFixed(1)} %`, 'tokens' in s ? String(s.tokens) : '', formatSize(s.bytes)]);
    const lines = [
      table([['source', 'share', 'tokens', 'size'], ...rows], [1, 2, 3]),
      facts([
        ['sequences', `${total} of ${contextLength} tokens before a source begins again`],
        ['held out', `${data.heldOutPermille} ‰ at the end of each source`],
        ...(opened.data.unigramEntropy() === undefined ? [] : ([['unigram entropy', `${opened.data.unigramEntropy()!.toFixed(4)} nats per token`]] as const)),
      ]),
      ...samples.map(describe),
    ];
    print(flags.output, lines.join('\n\n'), { sources, sequences: total, contextLength, unigramEntropy: opened.data.unigramEntropy(), samples });
  } finally {
    await opened.data.close();
  }
}

function sampleOf(at: string, tokens: Int32Array, tokenizer: Tokenizer | undefined): Sample {
  return { at, tokens: [...tokens], text: tokenizer?.decode(tokens) ?? '' };
}

/** Texts may hold anything: they are shown quoted. */
function describe({ at, tokens, text }: Sample): string {
  const shown = text === '' ? tokens.join(' ') : JSON.stringify(text);
  return `${at}:\n  ${shown.replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '\ufffd')}`;
}

/** To show text; without the set's own there are numbers. */
async function tokenizerOf(place: string, index: TokenIndex, flags: InspectFlags, options: Parameters<typeof readIndex>[1]): Promise<Tokenizer | undefined> {
  if (index.tokenizer.kind === 'bytes') return new BytesTokenizer(index.vocabSize);
  const wanted = index.tokenizer;
  const folder = isRemote(place) || !(await stat(place)).isFile() ? place : join(place, '..');
  const found = flags.tokenizer ?? (wanted.kind === 'unknown' ? undefined : isRemote(place) ? undefined : join(folder, TOKENIZER_NAME));
  let file: RandomAccessFile | undefined;
  if (found !== undefined) file = await LocalFile.open(found).catch(() => undefined);
  else if (wanted.kind === 'tokenizer.json') file = await openRemote(place, { ...options, path: TOKENIZER_NAME, maxBytes: wanted.bytes, exactBytes: wanted.bytes }).catch(() => undefined);
  if (file === undefined) {
    if (flags.tokenizer !== undefined) throw new PsycheError('NO_TOKENIZER', `The tokenizer ${flags.tokenizer} can't be read.`);
    return undefined;
  }
  try {
    const bytes = await readWhole(file, 1 << 26, options.signal);
    if (wanted.kind === 'tokenizer.json' && hashOf(bytes) !== wanted.sha256) throw new PsycheError('NO_TOKENIZER', `${file.name} is not the tokenizer that this data set was made with.`);
    return HuggingFaceTokenizer.parse(bytes, index.separator);
  } finally {
    await file.close();
  }
}
