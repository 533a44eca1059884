import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { BlockCache, fileUrl, isInnerPath, openRemote, operatorPolicy, type RemotePolicy } from '../remote.js';
import { isPublicAddress } from './address.js';
import { checkUrl } from './policy.js';

const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 255));
type Answer = (request: IncomingMessage, response: ServerResponse, start: number, end: number) => void;

const honest: Answer = (_, response, start, end) => {
  const last = Math.min(end, content.length - 1);
  response.writeHead(206, { 'content-range': `bytes ${start}-${last}/${content.length}`, 'content-length': last - start + 1, etag: '"a"' });
  response.end(content.subarray(start, last + 1));
};

let server: Server;
let origin: string;
let answer: Answer = honest;
const asked: string[] = [];
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'psyche-remote-'));
  server = createServer((request, response) => {
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    asked.push(`${request.url} ${request.headers.range}`);
    answer(request, response, Number(range?.[1]), Number(range?.[2]));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

/** The operator named this server: nothing that a manifest could do. */
const trusting = (change: Partial<RemotePolicy> = {}): RemotePolicy => ({ ...operatorPolicy([origin], {}), firstPauseMs: 1, attempts: 3, ...change });
const code = (expected: string) => (e: unknown) => (e as { code?: string }).code === expected || assert.fail(String(e));

test('addresses that are not the public internet\'s are told apart', () => {
  for (const address of ['8.8.8.8', '1.1.1.1', '172.15.0.1', '172.32.0.1', '100.63.0.1', '2606:4700::1111', '2a00:1450::1', '::ffff:8.8.8.8', '64:ff9b::808:808']) assert.ok(isPublicAddress(address), address);
  const refused = [
    '0.0.0.0', '10.1.2.3', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.9.9.9', '168.63.129.16', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.168.1.1', '192.0.0.192', '198.18.0.1', '224.0.0.1',
    '255.255.255.255', '::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:169.254.169.254', '::127.0.0.1', '64:ff9b::a00:1',
    '64:ff9b::7f00:1', '64:ff9b:1::a00:1', '2001::1', '2001:db8::1', '2002:7f00:1::', 'localhost', '', '1.2.3',
  ];
  for (const address of refused) assert.ok(!isPublicAddress(address), address);
});

test('what a manifest may not name is refused before anything is sent', async () => {
  const policy = operatorPolicy([], {});
  const before = asked.length;
  for (const location of ['file:///etc/passwd', 'ftp://example.org/a', 'data:text/plain,a', 'etc/passwd', 'hf://owner', 'hf://datasets/a/b', 'hf://datasets/a/b/../c', 'hf://datasets/a/b@../c', 'hf://datasets/a/b@%2e%2e/c', 'hf://../b/c']) {
    await assert.rejects(openRemote(location, { maxBytes: 1, policy }), code('REMOTE_LOCATION'), location);
  }
  for (const location of [origin, 'http://example.org/a', 'https://user:secret@example.org/a']) await assert.rejects(openRemote(location, { maxBytes: 1, policy }), code('REMOTE_LOCATION'), location);
  const port = new URL(origin).port;
  for (const host of ['127.0.0.1', '2130706433', '0177.0.0.1', '0x7f000001', '127.1', '0', '[::1]', '[::ffff:127.0.0.1]', '[fe80::1]', '169.254.169.254', '10.0.0.1', '[fd00:ec2::254]']) {
    await assert.rejects(openRemote(`https://${host}:${port}/a`, { maxBytes: 1, policy }), code('REMOTE_PRIVATE'), host);
  }
  assert.equal(asked.length, before);
});

test('a name that leads to a private address is refused when the connection is made, also if only one of its addresses is', async () => {
  for (const addresses of [['127.0.0.1'], ['93.184.216.34', '10.0.0.1'], ['::1'], ['::ffff:169.254.169.254']]) {
    const lookup: RemotePolicy['lookup'] = (_, done) => done(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
    await assert.rejects(openRemote('https://data.example.org/a', { maxBytes: 10, policy: { ...operatorPolicy([], {}), lookup, attempts: 1 } }), code('REMOTE_PRIVATE'));
  }
  await assert.rejects(openRemote('https://localhost:1/a', { maxBytes: 10, policy: { ...operatorPolicy([], {}), attempts: 1 } }), code('REMOTE_PRIVATE'));
});

test('a redirect is judged as the first address was', async () => {
  for (const [to, expected] of [['https://127.0.0.1/a', 'REMOTE_PRIVATE'], ['http://169.254.169.254/latest/meta-data', 'REMOTE_LOCATION'], ['file:///etc/passwd', 'REMOTE_LOCATION'], ['https://[::1]/', 'REMOTE_PRIVATE'], ['http://', 'REMOTE_ANSWER']]) {
    answer = (_, response) => response.writeHead(302, { location: to }).end();
    await assert.rejects(openRemote(`${origin}/a`, { maxBytes: 10, policy: trusting() }), code(expected), to);
  }
  answer = (request, response) => response.writeHead(302, { location: request.url }).end();
  await assert.rejects(openRemote(`${origin}/a`, { maxBytes: 10, policy: trusting() }), code('REMOTE_ANSWER'));
  answer = (request, response, start, end) => (request.url === '/a' ? response.writeHead(302, { location: '/b' }).end() : honest(request, response, start, end));
  const file = await openRemote(`${origin}/a`, { maxBytes: content.length, policy: trusting() });
  assert.deepEqual(Buffer.from(await file.read(7, 9)), content.subarray(7, 16));
});

test('the Hub\'s token goes to the Hub alone', async () => {
  const seen: [string | undefined, string | undefined][] = [];
  answer = (request, response, start, end) => {
    seen.push([request.headers.host, request.headers.authorization]);
    if (request.headers.host?.startsWith('127')) response.writeHead(302, { location: `http://localhost:${new URL(origin).port}/cdn` }).end();
    else honest(request, response, start, end);
  };
  const policy = { ...operatorPolicy([`http://localhost:${new URL(origin).port}`], { HF_ENDPOINT: origin, HF_TOKEN: 'hf_secret' }), lookup: ((_, done) => done(null, [{ address: '127.0.0.1', family: 4 }])) as RemotePolicy['lookup'] };
  const file = await openRemote('hf://datasets/owner/name@refs%2Fpr%2F1/folder', { path: 'part 1.bin', maxBytes: content.length, policy });
  assert.equal(file.size, content.length);
  assert.deepEqual(seen.map(([, token]) => token), ['Bearer hf_secret', undefined]);
  assert.ok(asked.some((line) => line.startsWith('/datasets/owner/name/resolve/refs%2Fpr%2F1/folder/part%201.bin bytes=0-')));
});

test('parts are fetched once, kept on disk, and asked for again from where they broke off', async () => {
  answer = (request, response, start, end) => {
    if (start !== 131_072) return honest(request, response, start, end);
    response.writeHead(206, { 'content-range': `bytes ${start}-${end}/${content.length}`, 'content-length': end - start + 1, etag: '"a"' });
    response.write(content.subarray(start, start + 70_000), () => response.destroy());
  };
  const cacheDir = join(folder, 'cache');
  const options = { maxBytes: content.length, cacheDir, maxDiskBytes: 1 << 20, blockBytes: 65_536, policy: trusting() };
  asked.length = 0;
  const file = await openRemote(`${origin}/big`, options);
  assert.deepEqual(Buffer.from(await file.read(100_000, 170_000)), content.subarray(100_000, 270_000));
  assert.deepEqual(Buffer.from(await file.read(100_000, 170_000)), content.subarray(100_000, 270_000));
  assert.deepEqual(asked.map((line) => line.split('=')[1]), ['0-65535', '65536-299999']);
  asked.length = 0;
  const broken = await openRemote(`${origin}/broken`, options);
  assert.deepEqual(Buffer.from(await broken.read(131_072, 131_072)), content.subarray(131_072, 262_144));
  assert.deepEqual(asked.map((line) => line.split('=')[1]), ['0-65535', '131072-262143', '201072-262143']);

  const held = await readdir(join(cacheDir, 'blocks'), { recursive: true, withFileTypes: true });
  for (const entry of held.filter((e) => e.isFile())) await writeFile(join(entry.parentPath, entry.name), 'damaged');
  assert.deepEqual(Buffer.from(await file.read(70_000, 10)), content.subarray(70_000, 70_010));
});

test('a server that says or sends anything else than it should is found out', async () => {
  const head = (range: string, more: object = {}): Answer => (_, response, start, end) => response.writeHead(206, { 'content-range': range.replace('S', `${start}`).replace('E', `${end}`), ...more }).end(content.subarray(start, end + 1));
  const cases: [string, Answer][] = [
    ['REMOTE_ANSWER', head('bytes 1-E/300000')],
    ['REMOTE_ANSWER', head('bytes S-5/300000')],
    ['REMOTE_ANSWER', head('bytes S-E/*')],
    ['REMOTE_ANSWER', head('bytes S-E/99999999999999999999')],
    ['REMOTE_ANSWER', head('')],
    ['REMOTE_ANSWER', head('bytes S-E/300000', { 'content-encoding': 'gzip' })],
    ['REMOTE_ANSWER', (_, response, start, end) => response.writeHead(206, { 'content-range': `bytes ${start}-${end}/300000` }).end(content.subarray(start, end + 2))],
    ['REMOTE_ANSWER', (_, response) => response.writeHead(204).end()],
    ['REMOTE_NO_RANGES', (_, response) => response.writeHead(200, { 'content-length': content.length }).end(content)],
    ['REMOTE_NO_RANGES', (_, response) => response.writeHead(200).end(content)],
    ['REMOTE_CHANGED', (_, response) => response.writeHead(416, { 'content-range': 'bytes */5' }).end()],
    ['REMOTE_NOT_FOUND', (_, response) => response.writeHead(404).end()],
    ['REMOTE_DENIED', (_, response) => response.writeHead(403).end()],
    ['REMOTE_UNAVAILABLE', (_, response) => response.writeHead(503, { 'retry-after': '0' }).end()],
    ['REMOTE_UNAVAILABLE', (_, response, start, end) => void response.writeHead(206, { 'content-range': `bytes ${start}-${end}/300000`, 'content-length': end - start + 1 }).write(content.subarray(0, 1), () => response.destroy())],
    ['REMOTE_TOO_LARGE', head('bytes S-E/4000000000000')],
  ];
  for (const [expected, liar] of cases) {
    answer = liar;
    await assert.rejects(openRemote(`${origin}/a`, { maxBytes: 400_000, blockBytes: 65_536, policy: trusting() }), code(expected), liar.toString());
  }
  answer = honest;
  await assert.rejects(openRemote(`${origin}/a`, { maxBytes: 299_999, policy: trusting() }), code('REMOTE_TOO_LARGE'));
  const longer = await openRemote(`${origin}/a`, { maxBytes: 400_000, exactBytes: 300_001, policy: trusting() });
  await assert.rejects(longer.read(0, 1), code('REMOTE_CHANGED'));
  const before = asked.length;
  await assert.rejects(openRemote(`${origin}/a`, { maxBytes: 400_000, exactBytes: 400_001, policy: trusting() }), code('REMOTE_TOO_LARGE'));
  assert.equal(asked.length, before);
  const file = await openRemote(`${origin}/a`, { maxBytes: 400_000, blockBytes: 65_536, policy: trusting() });
  answer = head('bytes S-E/300000', { etag: '"b"' });
  await assert.rejects(file.read(200_000, 10), code('REMOTE_CHANGED'));
  await assert.rejects(file.read(200_000, 10, AbortSignal.abort()), { name: 'AbortError' });
});

test('who reads a file through without a cache asks for each part once', async () => {
  answer = honest;
  const file = await openRemote(`${origin}/through`, { maxBytes: content.length, blockBytes: 65_536, policy: trusting() });
  asked.length = 0;
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < file.size; at += 10_000) pieces.push(await file.read(at, Math.min(10_000, file.size - at)));
  assert.deepEqual(Buffer.concat(pieces), content);
  // Two parts where a piece lies in both.
  assert.ok(asked.length <= 5 + 4, asked.join());
});

test('a small file may come whole, and a busy server gets another chance', async () => {
  let busy = 2;
  answer = (_, response) => (busy-- > 0 ? response.writeHead(429, { 'retry-after': '0' }).end() : response.writeHead(200, { 'content-length': 5 }).end('hello'));
  const file = await openRemote(`${origin}/small`, { maxBytes: 100, policy: trusting() });
  assert.equal(Buffer.from(await file.read(0, file.size)).toString(), 'hello');
});

test('the cache keeps to its bound and forgets what was not used for longest', async () => {
  const dir = join(folder, 'bounded');
  const cache = await BlockCache.open(dir, 3 * (32 + 1000));
  const body = Buffer.alloc(1000, 7);
  for (const key of ['a', 'b', 'c']) await cache.put(key, body);
  assert.ok(await cache.get('a'));
  await cache.put('d', body);
  assert.equal(await cache.get('b'), undefined);
  await cache.put('huge', Buffer.alloc(5000));
  assert.equal(await cache.get('huge'), undefined);
  const again = await BlockCache.open(dir, 2 * (32 + 1000));
  assert.deepEqual(await Promise.all(['a', 'b', 'c', 'd'].map(async (key) => (await again.get(key)) !== undefined)).then((held) => held.filter(Boolean).length), 2);
});

test('parts that are tiny count for more than their bytes', async () => {
  const dir = join(folder, 'tiny');
  const cache = await BlockCache.open(dir, 1 << 20);
  for (let key = 0; key < 1040; key++) await cache.put(`${key}`, Buffer.alloc(1));
  const files = (await readdir(join(dir, 'blocks'), { recursive: true, withFileTypes: true })).filter((e) => e.isFile());
  assert.equal(files.length, 1024);
  assert.equal(await cache.get('15'), undefined);
  assert.ok(await cache.get('16'));
});

test('locations become addresses, and paths stay inside their folder', () => {
  const policy = operatorPolicy([], {});
  assert.equal(fileUrl('hf://datasets/a/b@v1/c', 'd/e.bin', policy).href, 'https://huggingface.co/datasets/a/b/resolve/v1/c/d/e.bin');
  assert.equal(fileUrl('hf://a/b/tokenizer.json', undefined, policy).href, 'https://huggingface.co/a/b/resolve/main/tokenizer.json');
  assert.equal(fileUrl('https://host/folder/', 'a b.bin', policy).href, 'https://host/folder/a%20b.bin');
  assert.throws(() => fileUrl('https://host/folder?token=1', 'a.bin', policy), { code: 'REMOTE_LOCATION' });
  for (const path of ['../a', 'a/../b', '/a', 'a//b', 'a\\b', '.a', 'a/.', 'C:\\a', 'a\0', 'a?b', 'a%2f', '', 'a/', '~/a', 'a\nb']) assert.ok(!isInnerPath(path), path);
  for (const path of ['a.bin', 'data/CC-MAIN-2013-20/000_00000.parquet', 'größe/1.npy']) assert.ok(isInnerPath(path), path);
  assert.doesNotThrow(() => checkUrl(new URL('https://example.org'), policy));
});
