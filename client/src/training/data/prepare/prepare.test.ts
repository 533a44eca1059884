import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { numbers } from '../../testing.js';
import { HuggingFaceTokenizer } from '../../tokenizer/index.js';
import { encodeIndex, hashOf, parseIndex, type TokenIndex } from '../token-index.js';
import { documentPieces } from './documents.js';
import { findInputs } from './inputs.js';
import { indexInPlace } from './index-in-place.js';
import { PIECE_LENGTH, PieceCutter, piecesOf } from './pieces.js';
import { prepare, type PrepareOptions } from './prepare.js';

let root: string;
let tokenizerJson: Buffer;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'psyche-prepare-'));
  const golden = JSON.parse(await readFile(new URL('../../tokenizer/golden/tokenizers.json', import.meta.url), 'utf8')) as { tokenizer: object }[];
  tokenizerJson = Buffer.from(JSON.stringify(golden[0].tokenizer));
});
after(() => rm(root, { recursive: true }));

const code = (expected: string) => (e: unknown) => (e as { code?: string }).code === expected || assert.fail(String(e));
const next = numbers(9);
const letters = (count: number): string => Array.from({ length: count }, () => ' \nabcdeä🌊'[Math.floor((next() + 1) * 4)]).join('');
const u16 = async (path: string): Promise<number[]> => {
  const bytes = await readFile(path);
  return Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(2 * i));
};
const bytesOf = async (folder: string): Promise<Record<string, string>> => Object.fromEntries(await Promise.all((await readdir(folder)).sort().map(async (name) => [name, hashOf(await readFile(join(folder, name)))])));

/** A folder with text, JSON Lines (plain and packed) and something that is no text. */
async function inputFolder(): Promise<string> {
  const folder = join(root, 'input');
  await mkdir(join(folder, 'b'), { recursive: true });
  await writeFile(join(folder, 'a.txt'), 'first document');
  await writeFile(join(folder, 'b', 'c.jsonl'), '{"text":"second","id":1}\n\n{"id":2,"text":""}\n{"text":"th\\u00efrd"}');
  await writeFile(join(folder, 'b', 'd.jsonl.gz'), gzipSync('{"text":"fourth"}\n'));
  await writeFile(join(folder, 'e.png'), Buffer.from([137, 80, 78, 71, 0, 1]));
  await writeFile(join(folder, '.hidden'), 'not this');
  return folder;
}

test('text, JSON Lines and packed files become tokens with an end after each document', async () => {
  const folder = join(root, 'bytes');
  const { index, skipped, hash } = await prepare({ inputs: await findInputs([await inputFolder()]), folder, tokenizer: { kind: 'bytes', endOfText: true } });
  const tokens = await u16(join(folder, 'tokens-00000.bin'));
  assert.equal(Buffer.from(tokens.map((t) => (t === 256 ? 10 : t))).toString(), 'first document\nsecond\nthïrd\nfourth\n');
  assert.deepEqual([index.documents, index.tokens, index.separator, index.tokenType, index.vocabSize], [4, tokens.length, 256, 'u16', 257]);
  assert.deepEqual(skipped, [join(root, 'input', 'e.png')]);
  assert.deepEqual((await readdir(folder)).sort(), ['blocks.sha256', 'index.json', 'tokens-00000.bin']);
  const bytes = await readFile(join(folder, 'index.json'));
  assert.deepEqual(parseIndex(bytes), index);
  assert.deepEqual(encodeIndex(index), bytes);
  assert.equal(hash, hashOf(bytes));
  await assert.rejects(prepare({ inputs: await findInputs([join(root, 'input')]), folder, tokenizer: { kind: 'bytes', endOfText: true } }), code('DATA_EXISTS'));
  const plain = await prepare({ inputs: await findInputs([join(root, 'input', 'a.txt')]), folder, tokenizer: { kind: 'bytes', endOfText: false }, force: true });
  assert.deepEqual([plain.index.tokenType, plain.index.separator, (await readFile(join(folder, 'tokens-00000.bin'))).toString()], ['u8', null, 'first document']);
});

test('Parquet files of every compression give their column\'s texts, row group by row group', async () => {
  for (const name of ['plain', 'snappy', 'gzip', 'zstd', 'brotli']) {
    const [input] = await findInputs([new URL(`./golden/${name}.parquet`, import.meta.url).pathname]);
    const texts: string[] = [];
    for await (const { text, end } of documentPieces(input, { column: 'text' })) {
      assert.ok(end);
      texts.push(text);
    }
    assert.deepEqual(texts, Array.from({ length: 50 }, (_, i) => `document ${i} äöü`).filter((_, i) => i % 7 !== 3), name);
    await assert.rejects(documentPieces(input, { column: 'nothing' }).next(), code('DATA_FORMAT'));
    await assert.rejects(documentPieces(input, { column: 'id' }).next(), code('DATA_FORMAT'));
  }
  const damaged = join(root, 'damaged.parquet');
  await copyFile(new URL('./golden/snappy.parquet', import.meta.url), damaged);
  await truncate(damaged, 900);
  await assert.rejects(documentPieces((await findInputs([damaged]))[0], { column: 'text' }).next(), code('DATA_FORMAT'));
});

test('a Parquet file that claims more rows than fit into memory is refused by its claim', async () => {
  const whole = await readFile(new URL('./golden/snappy.parquet', import.meta.url));
  const footerAt = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
  const found: string[] = [];
  for (let at = footerAt; at < whole.length - 8; at++) {
    // In thrift's compact protocol: a field of 64 bits after another, one of which is how many rows the first group has.
    if (whole[at] !== 0x16 || whole[at + 1] > 127) continue;
    const footer = Buffer.concat([whole.subarray(footerAt, at + 1), Buffer.from([0x80, 0x80, 0x80, 0x80, 0x20]), whole.subarray(at + 2, whole.length - 8)]);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(footer.length);
    const path = join(root, 'claims.parquet');
    await writeFile(path, Buffer.concat([whole.subarray(0, footerAt), footer, length, Buffer.from('PAR1')]));
    try {
      for await (const _ of documentPieces((await findInputs([path]))[0], { column: 'text' }));
    } catch (error) {
      assert.match(String((error as { code?: unknown }).code), /^DATA_/, String(error));
      found.push((error as Error).message);
    }
  }
  assert.ok(found.some((message) => /row group 0 has 4294967296 rows/.test(message)), found.join('\n'));
});

test('lines of JSON may be longer than what is read at a time', async () => {
  const texts = ['short', 'x'.repeat(200_000), '', 'y'.repeat(70_000), 'end'];
  const path = join(root, 'lines.jsonl.gz');
  await writeFile(path, gzipSync(texts.map((text) => JSON.stringify({ text })).join('\n')));
  const read: string[] = [''];
  for await (const { text, end } of documentPieces((await findInputs([path]))[0], { column: 'text' })) {
    read[read.length - 1] += text;
    if (end) read.push('');
  }
  assert.deepEqual(read.slice(0, -1), texts.filter((text) => text !== ''));
  await writeFile(path, gzipSync(`${JSON.stringify({ text: 'a' })}\n${'x'.repeat(100_000)}\n{}`));
  await assert.rejects(async () => {
    for await (const _ of documentPieces((await findInputs([path]))[0], { column: 'text' }));
  }, { code: 'DATA_FORMAT', message: /line 2 is not JSON/ });
});

test('the same text gives the same bytes, with any number of threads and after any interruption', async () => {
  await writeFile(join(root, 'long.txt'), letters(100_000));
  await writeFile(join(root, 'more.jsonl'), Array.from({ length: 100 }, () => `${JSON.stringify({ text: letters(100) })}\n`).join(''));
  const inputs = await findInputs([join(root, 'long.txt'), join(root, 'more.jsonl')]);
  const options = (folder: string, more: Partial<PrepareOptions> = {}): PrepareOptions => ({ inputs, folder: join(root, folder), tokenizer: { kind: 'tokenizer.json', bytes: tokenizerJson }, shardTokens: 24_000, threads: 0, ...more });
  const { index } = await prepare(options('whole'));
  assert.ok(index.shards.length > 2 && index.documents === 101);
  const expected = await bytesOf(join(root, 'whole'));
  await prepare(options('threads', { threads: 2 }));
  assert.deepEqual(await bytesOf(join(root, 'threads')), expected);

  for (const stopAt of [24_001, 52_000]) {
    const stop = new AbortController();
    const progress: PrepareOptions['progress'] = ({ tokens }) => void (tokens > stopAt && stop.abort());
    await assert.rejects(prepare(options('broken', { signal: stop.signal, progress })), { name: 'AbortError' });
    assert.ok(!(await readdir(join(root, 'broken'))).includes('index.json'));
  }
  await assert.rejects(prepare(options('broken', { shardTokens: 20_000 })), code('PREPARE_DIFFERS'));
  let first = Infinity;
  await prepare(options('broken', { progress: ({ tokens }) => (first = Math.min(first, tokens)) }));
  assert.ok(first > 48_000, 'it went on from the last whole shard');
  const after = await bytesOf(join(root, 'broken'));
  delete after[Object.keys(after).find((name) => name.endsWith('.part')) ?? ''];
  assert.deepEqual(after, expected);
});

test('pieces are those of the document alone, however it comes in, and of one text as of its pieces', () => {
  const tokenizer = HuggingFaceTokenizer.parse(tokenizerJson);
  const text = Array.from({ length: 30_000 }, () => letters(1 + Math.floor((next() + 1) * 6))).join(' word\n');
  const whole = [...piecesOf(text)];
  assert.ok(whole.length > 2 && whole.every((p) => p.text.length <= PIECE_LENGTH));
  assert.equal(whole.map((p) => p.text).join(''), text);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 8 }), (cuts) => {
      const cutter = new PieceCutter('<end>');
      const pieces = [];
      let at = 0;
      for (const cut of [...cuts, Infinity]) {
        pieces.push(...cutter.push(`${text}<end>${text}`.slice(at, at + cut)));
        at += cut;
      }
      assert.deepEqual([...pieces, ...cutter.end()], [...whole, ...whole]);
    }),
    { numRuns: 20, seed: 3 },
  );
  const sample = text.slice(0, 80_000);
  assert.deepEqual([...piecesOf(sample)].flatMap((p) => [...tokenizer.encode(p.text)]), [...tokenizer.encode(sample)]);
});

test('what is not JSON Lines, not text or not there is named', async () => {
  const cases: [string, string | Buffer, string][] = [
    ['bad.jsonl', '{"text":"a"}\n{"text":', 'DATA_FORMAT'],
    ['number.jsonl', '{"text":5}', 'DATA_FORMAT'],
    ['list.jsonl', '["text"]', 'DATA_FORMAT'],
    ['cut.txt.gz', gzipSync('hello').subarray(0, 12), 'DATA_FORMAT'],
    ['empty.txt', '', 'DATA_EMPTY'],
  ];
  for (const [name, content, expected] of cases) {
    await writeFile(join(root, name), content);
    await assert.rejects(prepare({ inputs: await findInputs([join(root, name)]), folder: join(root, `out ${name}`), tokenizer: { kind: 'bytes', endOfText: true } }), code(expected), name);
  }
  await assert.rejects(findInputs([join(root, 'nowhere')]), code('DATA_NOT_FOUND'));
});

/** A .npy file as NumPy writes it. */
function npy(descr: string, shape: string, body: Buffer): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + '\n';
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from([header.length & 255, header.length >> 8]), Buffer.from(header), body]);
}

test('flat files of nanoGPT, NumPy, llm.c and Psyche are indexed where they are', async () => {
  const ids = Array.from({ length: 500 }, (_, i) => (i * 37) % 5000);
  const [short, long] = [Buffer.from(Uint16Array.from(ids).buffer), Buffer.from(Uint32Array.from(ids).buffer)];
  const llmc = Buffer.alloc(1024);
  [20240520, 1, 500].forEach((word, i) => llmc.writeInt32LE(word, 4 * i));
  const cases: [string, Buffer, string | undefined, string, number][] = [
    ['train.bin', short, undefined, 'u16', 0],
    ['tokens.npy', npy('<u2', '(500,)', short), undefined, 'u16', 128],
    ['tokens.npy', npy('<i4', '(500,)', long), undefined, 'i32', 128],
    ['fineweb.bin', Buffer.concat([llmc, short]), undefined, 'u16', 1024],
    ['000_fineweb.ds', long, 'u32', 'u32', 0],
  ];
  for (const [i, [name, content, given, tokenType, offset]] of cases.entries()) {
    const folder = join(root, `flat ${i}`);
    await mkdir(folder);
    await writeFile(join(folder, name), content);
    const { index } = await indexInPlace({ paths: [folder], tokenType: given as TokenIndex['tokenType'] });
    assert.deepEqual([index.tokenType, index.shards[0].offset, index.tokens, index.vocabSize, index.separator], [tokenType, offset, 500, 1 + Math.max(...ids), null], name);
  }
  const bad: [string, Buffer, string | undefined][] = [
    ['a.ds', long, undefined], ['a.bin', long, undefined], ['a.bin', short.subarray(1), undefined], ['a.bin', Buffer.alloc(0), undefined], ['a.npy', npy('<f4', '(500,)', long), undefined],
    ['a.npy', npy('<u2', '(250, 2)', short), undefined], ['a.npy', npy('<u2', '(501,)', short), undefined], ['a.npy', npy('<u2', '(500,)', short), 'u32'], ['a.npy', Buffer.from('\x93NUMPY\x09\x00\xff\xff', 'latin1'), undefined],
  ];
  for (const [i, [name, content, given]] of bad.entries()) {
    const folder = join(root, `bad ${i}`);
    await mkdir(folder);
    await writeFile(join(folder, name), content);
    await assert.rejects(indexInPlace({ paths: [join(folder, name)], tokenType: given as TokenIndex['tokenType'] }), code('DATA_FORMAT'), `${i} ${name}`);
    assert.ok(!(await readdir(folder)).includes('index.json'));
  }
  await assert.rejects(indexInPlace({ paths: [join(root, 'flat 0')], vocabSize: 4000 }), code('DATA_TOKEN_RANGE'));
  await assert.rejects(indexInPlace({ paths: [join(root, 'flat 0')], tokenizer: tokenizerJson }), code('DATA_TOKEN_RANGE'));
  const named = await indexInPlace({ paths: [join(root, 'flat 0', 'train.bin')], vocabSize: 50_257, separator: 50_256 });
  assert.deepEqual([named.index.vocabSize, named.index.separator], [50_257, 50_256]);
});

test('an index that would lead out of its folder, beyond its files or into huge memory is refused', async () => {
  const good = (await prepare({ inputs: await findInputs([await inputFolder()]), folder: join(root, 'good'), tokenizer: { kind: 'bytes', endOfText: true } })).index;
  const change = (edit: (index: Record<string, any>) => unknown): Buffer => {
    const copy = structuredClone(good) as Record<string, any>;
    edit(copy);
    return Buffer.from(JSON.stringify(copy));
  };
  const hostile = [
    ...['../../etc/passwd', '/etc/passwd', 'a/../../b', '..', 'C:\\x', 'a\\..\\b', '.ssh/id', 'https://x/y', ''].map((path) => change((i) => (i.shards[0].path = path))),
    change((i) => (i.shards[0].bytes = 2 ** 53)), change((i) => (i.shards[0].tokens = 2 ** 50)), change((i) => (i.shards[0].offset = -2)), change((i) => (i.shards[0].hash = 'x')),
    change((i) => (i.tokens = 5)), change((i) => (i.blockBytes = 1)), change((i) => (i.blockBytes = 2 ** 40)), change((i) => (i.tokenType = 'constructor')), change((i) => (i.vocabSize = 2 ** 30)),
    change((i) => (i.separator = 257)), change((i) => (i.shards = [])), change((i) => (i.shards = { length: 1e9 })), change((i) => i.shards.push(i.shards[0])), change((i) => (i.version = 2)),
    change((i) => ([i.bytes, i.shards[0].bytes, i.blockBytes] = [2 ** 45, 2 ** 45, 4096])), change((i) => (i.tokenizer = { kind: 'tokenizer.json', sha256: '..', bytes: 1 })),
    Buffer.from(''), Buffer.from('null'), Buffer.from('[]'), Buffer.from('{"format":"psyche-tokens"'),
  ];
  for (const [i, bytes] of hostile.entries()) assert.throws(() => parseIndex(bytes), { code: 'DATA_INDEX_INVALID' }, `${i}: ${bytes.toString().slice(0, 200)}`);
});
