import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BlockCache, operatorPolicy } from '../data/remote.js';
import { hashOf } from '../data/token-index.js';
import { smallManifest } from '../testing.js';
import { BytesTokenizer, endOfTextOf, HuggingFaceTokenizer, openTokenizer, separatorOf } from './index.js';

interface Golden {
  tokenizer: object;
  cases: { text: string; ids: number[]; decoded: string }[];
}
const golden = JSON.parse(await readFile(new URL('./golden/tokenizers.json', import.meta.url), 'utf8')) as Golden[];
const bytesOf = (tokenizer: object): Buffer => Buffer.from(JSON.stringify(tokenizer));

test('a tokenizer.json gives the tokens that Hugging Face\'s library gives', () => {
  for (const { tokenizer, cases } of golden) {
    const ours = HuggingFaceTokenizer.parse(bytesOf(tokenizer));
    for (const { text, ids, decoded } of cases) {
      assert.deepEqual([...ours.encode(text)], ids, JSON.stringify(text));
      assert.equal(ours.decode(ids), decoded, JSON.stringify(text));
    }
    assert.equal(ours.vocabSize, 600);
  }
});

test('what looks like the end of a document in a text is text', () => {
  const ours = HuggingFaceTokenizer.parse(bytesOf(golden[0].tokenizer));
  assert.equal(ours.endOfText, 0);
  const tokens = ours.encode('one<|endoftext|>two');
  assert.ok(!tokens.includes(0));
  assert.equal(ours.decode(tokens), 'one<|endoftext|>two');
  assert.equal(HuggingFaceTokenizer.parse(bytesOf(golden[1].tokenizer)).endOfText, 2);
  assert.equal(HuggingFaceTokenizer.parse(bytesOf(golden[0].tokenizer), null).endOfText, undefined);
  assert.equal(HuggingFaceTokenizer.parse(bytesOf(golden[0].tokenizer), 'Ġthe').endOfText, HuggingFaceTokenizer.parse(bytesOf(golden[0].tokenizer), null).encode(' the')[0]);
});

test('what is no tokenizer is refused', () => {
  for (const text of ['', 'x', '[]', '{}', 'null', '{"model":{"type":"BPE","vocab":{},"merges":[]}}', '{"model":{"type":"Nothing"}}']) {
    assert.throws(() => HuggingFaceTokenizer.parse(Buffer.from(text)), { code: 'TOKENIZER_INVALID' }, text);
  }
  for (const end of [600, '<|nothing|>']) assert.throws(() => HuggingFaceTokenizer.parse(bytesOf(golden[0].tokenizer), end), { code: 'TOKENIZER_INVALID' });
});

test('a token with an id that is no row of an embedding is refused before anything is made of it', () => {
  const { tokenizer } = golden[0] as { tokenizer: { model: { vocab: Record<string, number> } } };
  // The first of them alone took minutes.
  for (const id of [2 ** 31, 2 ** 20, -1, 0.5, '7', null, [1], {}]) {
    const vocab = { ...tokenizer.model.vocab, z: id };
    assert.throws(() => HuggingFaceTokenizer.parse(bytesOf({ ...tokenizer, model: { ...tokenizer.model, vocab } })), { code: 'TOKENIZER_INVALID' }, String(id));
    assert.throws(() => HuggingFaceTokenizer.parse(bytesOf({ ...tokenizer, added_tokens: [{ id, content: 'z' }] })), { code: 'TOKENIZER_INVALID' }, String(id));
  }
  for (const added_tokens of [{}, 'z', [null], [1]]) assert.throws(() => HuggingFaceTokenizer.parse(bytesOf({ ...tokenizer, added_tokens })), { code: 'TOKENIZER_INVALID' });
});

test('what the cache holds of another file of the same address is fetched again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'psyche-tokenizer-'));
  const own = bytesOf(golden[0].tokenizer);
  const served = [Buffer.alloc(own.length, ' '), own, own];
  const server = createServer((_, response) => response.writeHead(200, { 'content-length': own.length }).end(served.shift()));
  try {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const place = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tokenizer.json`;
    const manifest = smallManifest({ tokenizer: { kind: 'tokenizer.json', sha256: hashOf(own), bytes: own.length } });
    manifest.model.vocabSize = 600;
    const open = async (): ReturnType<typeof openTokenizer> =>
      openTokenizer(manifest, { paths: new Map([['tokenizer', place]]), policy: operatorPolicy([place], {}), cache: await BlockCache.open(folder, 1 << 20) });
    assert.equal((await open()).vocabSize, 600);
    assert.equal((await open()).vocabSize, 600);
    assert.equal(served.length, 1);
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  }
});

test('bytes are UTF-8, with an end of document where the model has a row for it', () => {
  const bytes = new BytesTokenizer();
  assert.deepEqual([...bytes.encode('aß')], [97, 195, 159]);
  assert.equal(bytes.decode([97, 195, 159, 256]), 'aß');
  assert.deepEqual([bytes.vocabSize, bytes.endOfText], [256, undefined]);
  assert.deepEqual([new BytesTokenizer(512).vocabSize, new BytesTokenizer(512).endOfText], [257, 256]);
});

test('the run\'s tokenizer is found beside the data, and another one is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'psyche-tokenizer-'));
  try {
    const [own, other] = golden.map((g) => bytesOf(g.tokenizer));
    const manifest = smallManifest({ tokenizer: { kind: 'tokenizer.json', sha256: hashOf(own), bytes: own.length, endOfText: 0 } });
    manifest.model.vocabSize = 600;
    await mkdir(join(folder, 'set'));
    await writeFile(join(folder, 'set', 'tokenizer.json'), own);
    await writeFile(join(folder, 'tokenizer.json'), other);
    const open = (paths: [string, string][]): ReturnType<typeof openTokenizer> => openTokenizer(manifest, { paths: new Map(paths) });
    assert.equal((await open([['a', folder], ['b', join(folder, 'set')]])).endOfText, 0);
    assert.equal((await open([['b', join(folder, 'set', 'train.bin')]])).vocabSize, 600);
    await assert.rejects(open([['a', folder]]), { code: 'TOKENIZER_NOT_FOUND' });
    await assert.rejects(open([['b', join(folder, 'set')], ['tokenizer', join(folder, 'tokenizer.json')]]), { code: 'TOKENIZER_DIFFERS' });
    manifest.model.vocabSize = 599;
    await assert.rejects(open([['b', join(folder, 'set')]]), { code: 'TOKENIZER_INVALID' });
    assert.equal(endOfTextOf(manifest), 0);
    assert.equal(separatorOf(manifest), undefined);
    assert.equal((await openTokenizer(smallManifest(), { paths: new Map() })).vocabSize, 256);
  } finally {
    await rm(folder, { recursive: true });
  }
});
