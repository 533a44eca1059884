import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { MixtureManifest, RunManifest } from '../manifest.js';
import { numbers, smallManifest } from '../testing.js';
import { BytesTokenizer } from '../tokenizer/index.js';
import { type Description, describeSource, describeText, describeTokenizer, openData, type OpenDataOptions, openRunTokenizer, type TrainingData } from './index.js';
import { findInputs } from './prepare/inputs.js';
import { indexInPlace } from './prepare/index-in-place.js';
import { prepare } from './prepare/prepare.js';
import { LocalFile } from './random-access.js';
import { operatorPolicy } from './remote.js';
import { TextData } from './text-data.js';
import { VerifiedFiles } from './verified.js';

let root: string;
let server: Server;
let origin: string;
const asked: string[] = [];
const code = (expected: string) => (e: unknown) => (e as { code?: string }).code === expected || assert.fail(String(e));
const next = numbers(7);
const words = (count: number): string => Array.from({ length: count }, () => String.fromCharCode(...Array.from({ length: 5 }, () => 97 + Math.floor((next() + 1) * 13)))).join(' ');

/** Serves the folder with ranges. */
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'psyche-data-'));
  server = createServer((request, response) => {
    void (async () => {
      const body = await readFile(join(root, decodeURIComponent(request.url!))).catch(() => undefined);
      if (body === undefined) return void response.writeHead(404).end();
      const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')!.map(Number);
      asked.push(request.url!);
      const last = Math.min(end, body.length - 1);
      response.writeHead(206, { 'content-range': `bytes ${start}-${last}/${body.length}` }).end(body.subarray(start, last + 1));
    })();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(root, { recursive: true });
});

const options = (change: Partial<OpenDataOptions> = {}): OpenDataOptions => ({ paths: [], cacheDir: join(root, 'cache'), maxDiskBytes: 1 << 24, tokenizer: new BytesTokenizer(257), ...change });

/** Two prepared sets and a run that mixes them 3 : 1. */
async function twoSets(): Promise<{ manifest: RunManifest & { data: MixtureManifest }; sets: Description[] }> {
  const sets: Description[] = [];
  for (const [name, weight] of [['one', 3], ['two', 1]] as const) {
    const folder = join(root, name);
    await rm(folder, { recursive: true, force: true });
    await writeFile(join(root, `${name}.jsonl`), Array.from({ length: 60 }, (_, i) => `${JSON.stringify({ text: `${name} ${i} ${words(40)}` })}\n`).join(''));
    await prepare({ inputs: await findInputs([join(root, `${name}.jsonl`)]), folder, tokenizer: { kind: 'bytes', endOfText: true }, shardTokens: 5000 });
    sets.push(await describeSource(folder, { cacheDir: join(root, 'cache'), weight }));
  }
  const data: MixtureManifest = { kind: 'mixture', heldOutPermille: 100, separateDocuments: true, sources: sets.map((s) => s.source) };
  const manifest = { ...smallManifest(), data };
  manifest.model.vocabSize = 257;
  return { manifest, sets };
}

test('a text is read by ranges as it is read from memory', async () => {
  const text = Buffer.from(words(1500));
  const path = join(root, 'plain.txt');
  await writeFile(path, text);
  const manifest = smallManifest({ data: { kind: 'text', ...(await describeText(path)), heldOutPermille: 100 } });
  const inMemory = TextData.ofBytes(manifest, text);
  for (const paths of [[path], [`plain.txt=${path}`], new Map([['plain.txt', path]])]) {
    const data = await openData(manifest, options({ paths }));
    assert.equal(data.sequenceCount, inMemory.sequenceCount);
    const count = 2 * data.sequenceCount;
    assert.deepEqual(await data.sequences(0, count), await inMemory.sequences(0, count));
    for (const held of [1, 8, 1000]) assert.deepEqual(await data.heldOut(held), await inMemory.heldOut(held));
    assert.equal(data.unigramEntropy(), inMemory.unigramEntropy());
    await data.close();
  }
  const shipped = await openData(manifest, options({ shippedDir: root }));
  assert.equal(shipped.sequenceCount, inMemory.sequenceCount);
  await shipped.close();
  await assert.rejects(openData(manifest, options()), code('DATA_NOT_FOUND'));
  await assert.rejects(openData(manifest, options({ paths: [`other.txt=${path}`] })), code('DATA_NOT_FOUND'));
  await writeFile(path, text.subarray(1));
  await assert.rejects(openData(manifest, options({ paths: [path] })), code('DATA_DIFFERS'));
  await writeFile(path, Buffer.from(text).fill(65, 0, 1));
  await assert.rejects(openData(manifest, options({ paths: [path] })), code('DATA_DIFFERS'));
  await assert.rejects(openData(manifest, options({ paths: [path], signal: AbortSignal.abort() })), { name: 'AbortError' });
});

test('a text of 5 GB is not read into memory, nor hashed again while it stays the same', async () => {
  const path = join(root, 'large.txt');
  const cacheDir = join(root, 'large');
  const bytes = 5 * 2 ** 30;
  await writeFile(path, '');
  await truncate(path, bytes);
  const manifest = smallManifest({ data: { kind: 'text', name: 'large.txt', sha256: 'ab'.repeat(32), bytes, heldOutPermille: 100 } });
  const file = await LocalFile.open(path);
  // As if it had been hashed: five gigabytes take longer than a test may.
  await new VerifiedFiles(cacheDir).note(path, file.stamp, 'sha256 and bytes', JSON.stringify({ sha256: 'ab'.repeat(32), counts: [bytes, ...Array<number>(255).fill(0)] }));
  await file.close();
  const before = process.memoryUsage().rss;
  const data = await openData(manifest, options({ paths: [path], cacheDir }));
  assert.equal(data.sequenceCount, Math.floor((bytes - bytes / 10 - 1) / 16));
  assert.deepEqual((await data.sequences(data.sequenceCount - 200, 400))[399], new Int32Array(17));
  assert.equal((await data.heldOut(100)).length, 100);
  assert.ok(process.memoryUsage().rss - before < 128 * 2 ** 20);
  await data.close();
  const other = { ...manifest, data: { ...manifest.data, bytes: bytes + 1 } };
  await assert.rejects(openData(other, options({ paths: [path], cacheDir })), code('DATA_DIFFERS'));
  await rm(path);
});

test('a text with a tokenizer is encoded once, the same by every client', async () => {
  const golden = JSON.parse(await readFile(new URL('../tokenizer/golden/tokenizers.json', import.meta.url), 'utf8')) as { tokenizer: object }[];
  await mkdir(join(root, 'with'), { recursive: true });
  await writeFile(join(root, 'with', 'tokenizer.json'), JSON.stringify(golden[0].tokenizer));
  await writeFile(join(root, 'with', 'text.txt'), words(4000));
  const { manifest: tokenizer, vocabSize } = await describeTokenizer(join(root, 'with', 'tokenizer.json'));
  const manifest = smallManifest({ data: { kind: 'text', ...(await describeText(join(root, 'with', 'text.txt'))), heldOutPermille: 100 }, tokenizer });
  manifest.model.vocabSize = vocabSize;
  const open = async (cacheDir: string): ReturnType<typeof openData> => {
    const where = { ...options({ cacheDir: join(root, cacheDir) }), paths: [join(root, 'with', 'text.txt')] };
    return openData(manifest, { ...where, tokenizer: await openRunTokenizer(manifest, where) });
  };
  const [a, b] = await Promise.all([open('cache-a'), open('cache-a')]);
  const again = await open('cache-a');
  assert.deepEqual(await a.sequences(0, a.sequenceCount), await b.sequences(0, b.sequenceCount));
  assert.deepEqual(await again.heldOut(9), await a.heldOut(9));
  assert.ok(a.unigramEntropy()! > 1 && a.unigramEntropy()! < Math.log(vocabSize));
  assert.equal((await readdir(join(root, 'cache-a', 'tokens'))).length, 1);
  await Promise.all([a, b, again].map((data) => data.close()));
});

test('a mixture gives the same sequences from this machine and from elsewhere', async () => {
  const { manifest, sets } = await twoSets();
  const local = await openData(manifest, options({ paths: [root] }));
  const remote = structuredClone(manifest);
  for (const source of remote.data.sources) source.location = `${origin}/${source.name}`;
  const policy = { ...operatorPolicy([origin], {}), firstPauseMs: 1, attempts: 2 };
  const far = await openData(remote, options({ policy, cacheDir: join(root, 'far') }));
  const mixed = await openData(remote, options({ policy, cacheDir: join(root, 'far'), paths: [`one=${join(root, 'one')}`] }));
  const expected = await local.sequences(5, 40);
  assert.deepEqual(await far.sequences(5, 40), expected);
  assert.deepEqual(await mixed.sequences(5, 40), expected);
  assert.deepEqual(await far.heldOut(12), await local.heldOut(12));
  for (const sequence of expected) assert.equal(sequence.length, 17);
  assert.equal(expected.filter((s) => s.includes(256)).length > 0, true);
  const before = asked.length;
  const kept = await openData(remote, options({ policy, cacheDir: join(root, 'far') }));
  assert.deepEqual(await kept.sequences(5, 40), expected);
  // Each file is asked for once more, to see that it is the same; its parts are at hand.
  const twice = asked.slice(before).filter((path, i, all) => all.indexOf(path) !== i && path.includes('tokens'));
  assert.deepEqual(twice, []);
  assert.equal(sets[0].index.separator, 256);
  await Promise.all([local, far, mixed, kept].map((data) => data.close()));
});

test('what is held out is never trained on, and one pass has every sequence once', async () => {
  const { manifest } = await twoSets();
  manifest.data.sources = [manifest.data.sources[0]];
  const data = await openData(manifest, options({ paths: [join(root, 'one')] }));
  const text = (tokens: Int32Array): string => tokens.join();
  const pass = (await data.sequences(0, data.sequenceCount)).map(text);
  const held = (await data.heldOut(10_000)).map(text);
  assert.equal(new Set(pass).size, data.sequenceCount);
  assert.ok(held.length > 3 && held.every((h) => !pass.includes(h)));
  const stream = await readFile(join(root, 'one', 'tokens-00000.bin'));
  const first = Array.from({ length: 17 }, (_, i) => stream.readUInt16LE(2 * i)).join();
  assert.ok(pass.includes(first));
  await data.close();
});

test('data that differ from the manifest are found out before anything is trained on them', async () => {
  const { manifest, sets } = await twoSets();
  const open = (change: (m: typeof manifest) => void, more: Partial<OpenDataOptions> = {}): Promise<unknown> => {
    const changed = structuredClone(manifest);
    change(changed);
    return openData(changed, options({ paths: [root], cacheDir: join(root, 'fresh'), ...more }));
  };
  await assert.rejects(open((m) => (m.data.sources[0].index = '0'.repeat(64))), code('DATA_DIFFERS'));
  await assert.rejects(open((m) => m.data.sources[1].tokens++), code('DATA_DIFFERS'));
  await assert.rejects(open((m) => (m.model.vocabSize = 256)), code('DATA_DIFFERS'));
  await assert.rejects(open((m) => (m.model.vocabSize = 300), {}).then(() => assert.fail('')), { code: 'ERR_ASSERTION' });
  await assert.rejects(open((m) => (m.tokenizer = { kind: 'tokenizer.json', sha256: '0'.repeat(64), bytes: 5, endOfText: 256 })), code('DATA_DIFFERS'));
  await assert.rejects(open((m) => (m.model.contextLength = 1 << 17)), code('DATA_TOO_SHORT'));
  await assert.rejects(open(() => {}, { paths: [join(root, 'one')] }), code('DATA_PATHS'));
  // A name that leads out of the operator's folder, and back into it, is not followed.
  await assert.rejects(open((m) => (m.data.sources[1].name = `../${basename(root)}/two`)), code('DATA_NOT_FOUND'));
  await assert.rejects(open(() => {}, { paths: [`one=${join(root, 'one')}`] }), code('DATA_NOT_FOUND'));
  const shard = join(root, 'two', sets[1].index.shards[1].path);
  const bytes = await readFile(shard);
  await writeFile(shard, Buffer.from(bytes).fill(98, 100, 101));
  await assert.rejects(open(() => {}), code('DATA_DIFFERS'));
  await writeFile(shard, bytes.subarray(2));
  await assert.rejects(open(() => {}), code('DATA_DIFFERS'));
  await rename(shard, `${shard}.away`);
  await assert.rejects(open(() => {}), code('DATA_NOT_FOUND'));
});

test('a server whose blocks or hashes are not those of the index is found out at the first read', async () => {
  const { manifest, sets } = await twoSets();
  const [source] = manifest.data.sources;
  manifest.data.sources = [{ ...source, location: `${origin}/one` }];
  const policy = { ...operatorPolicy([origin], {}), firstPauseMs: 1, attempts: 2 };
  const all = async (data: TrainingData): Promise<unknown> => [await data.sequences(0, data.sequenceCount), await data.heldOut(1000)];
  for (const name of [...sets[0].index.shards.map((s) => s.path), 'blocks.sha256']) {
    const path = join(root, 'one', name);
    const bytes = await readFile(path);
    await writeFile(path, Buffer.from(bytes).fill(bytes[7] ^ 1, 7, 8));
    const data = await openData(manifest, options({ policy, cacheDir: join(root, `liar ${name}`) }));
    await assert.rejects(all(data), code('DATA_DIFFERS'), name);
    await writeFile(path, bytes.subarray(0, bytes.length - 2));
    const short = await openData(manifest, options({ policy, cacheDir: join(root, `short ${name}`) }));
    await assert.rejects(all(short), code('REMOTE_CHANGED'), name);
    await writeFile(path, bytes);
  }
  await assert.rejects(openData(manifest, options()), code('REMOTE_LOCATION'));
});

test('a run says of its data what their index says, and of a location only what is there', async () => {
  const { sets } = await twoSets();
  const policy = operatorPolicy([origin], {});
  const cacheDir = join(root, 'describing');
  const described = await describeSource(join(root, 'one'), { cacheDir, policy, location: `${origin}/one`, name: 'first', weight: 5 });
  assert.deepEqual(described.source, { ...sets[0].source, name: 'first', weight: 5, location: `${origin}/one` });
  assert.equal(described.source.index, createHash('sha256').update(await readFile(join(root, 'one', 'index.json'))).digest('hex'));
  await assert.rejects(describeSource(join(root, 'one'), { cacheDir, policy, location: `${origin}/two` }), code('DATA_DIFFERS'));
  await assert.rejects(describeSource(join(root, 'one'), { cacheDir, location: `${origin}/one` }), code('REMOTE_LOCATION'));
});

test('flat files without document ends train too, and separating documents then is refused', async () => {
  const folder = join(root, 'flat');
  await mkdir(folder);
  const tokens = Uint16Array.from({ length: 3000 }, (_, i) => (i * 7) % 250);
  await writeFile(join(folder, 'train.bin'), Buffer.from(tokens.buffer));
  await indexInPlace({ paths: [join(folder, 'train.bin')] });
  const { source } = await describeSource(folder, { cacheDir: join(root, 'cache') });
  const mixture: MixtureManifest = { kind: 'mixture', heldOutPermille: 0, separateDocuments: false, sources: [source] };
  const manifest = { ...smallManifest(), data: mixture };
  const data = await openData(manifest, options({ paths: [join(folder, 'train.bin')] }));
  after(() => data.close());
  const [sequence] = await data.sequences(0, 1);
  assert.ok(tokens.join().includes(sequence.join()));
  assert.equal((await data.heldOut(4)).length, 4);
  manifest.model.vocabSize = 257;
  await assert.rejects(openData({ ...manifest, data: { ...mixture, separateDocuments: true } }, options({ paths: [folder] })), code('DATA_DIFFERS'));
});
