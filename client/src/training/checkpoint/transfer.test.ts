import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { DESCRIPTOR_NAME, encodeDescriptor } from './descriptor.js';
import { checkRoot, openStore, publishCheckpoint, pullCheckpoint, readDescriptor, verifyCheckpoint } from './index.js';
import { StorageServer } from './testing/storage-server.js';
import type { CheckpointSource } from './store.js';
import { code, retry, signal, smallCheckpoint, withFolder } from './testing/index.js';

let server: StorageServer;
before(async () => void (server = await StorageServer.start()));
after(() => server.stop());
beforeEach(() => {
  server.files.clear();
  server.requests.length = 0;
  server.faults = {};
  server.token = undefined;
});

const store = (path = '/run', env: NodeJS.ProcessEnv = {}) => openStore(server.url + path, { retry, env });
const visible = async (folder: string): Promise<string[]> => (await readdir(folder)).filter((n) => !n.startsWith('.') && !n.startsWith('source')).sort();

test('pushed over HTTP and pulled again, a checkpoint is the same, bit for bit', () =>
  withFolder(async (folder) => {
    const { folder: source, descriptor } = await smallCheckpoint(folder);
    server.token = 'secret';
    const env = { PSYCHE_CHECKPOINT_TOKEN: 'secret' };
    await assert.rejects(publishCheckpoint(store(), source, { signal }), code('CHECKPOINT_REFUSED'));
    const progress: number[] = [];
    assert.equal(await publishCheckpoint(store('/run', env), source, { signal, onProgress: (p) => progress.push(p.done / p.total) }), `${server.url}/run`);
    assert.equal(progress.at(-1), 1);
    assert.equal(server.requests.at(-1), `PUT /run/${DESCRIPTOR_NAME}`);
    const target = join(folder, 'pulled');
    const options = { signal, retry, check: checkRoot, root: descriptor.root };
    assert.deepEqual(await pullCheckpoint(store('/run', env), target, options), descriptor);
    assert.deepEqual((await readdir(target)).sort(), ['config.json', 'model.safetensors', DESCRIPTOR_NAME]);
    assert.deepEqual(await verifyCheckpoint(target, { signal }), descriptor);
    // Both ways, what is there already is not sent again.
    server.requests.length = 0;
    await pullCheckpoint(store('/run', env), target, options);
    await publishCheckpoint(store('/run', env), source, { signal });
    assert.deepEqual(server.requests, Array(2).fill(`GET /run/${DESCRIPTOR_NAME}`));
    const other = await smallCheckpoint(folder, 2);
    await assert.rejects(publishCheckpoint(store('/run', env), other.folder, { signal }), code('CHECKPOINT_EXISTS'));
    await assert.rejects(pullCheckpoint(openStore(other.folder), target, options), code('CHECKPOINT_MISMATCH'));
    await assert.rejects(pullCheckpoint(openStore(other.folder), target, { signal }), code('CHECKPOINT_EXISTS'));
  }));

test('a pull that was aborted goes on where it was, and nobody takes the part for a checkpoint', () =>
  withFolder(async (folder) => {
    const { folder: source, descriptor } = await smallCheckpoint(folder);
    await publishCheckpoint(store(), source, { signal });
    const target = join(folder, 'pulled');
    const stopping = new AbortController();
    const weights = descriptor.files.find((f) => f.name === 'model.safetensors')!;
    server.faults = { cutAfter: 5000, cuts: 1 };
    const stop = (p: { name: string; done: number }): void => {
      if (p.name === 'model.safetensors' && p.done > 5000) stopping.abort(new Error('killed'));
    };
    await assert.rejects(pullCheckpoint(store(), target, { signal: stopping.signal, retry, onProgress: stop }), /killed/);
    assert.deepEqual(await visible(folder), []);
    const [partial] = (await readdir(folder)).filter((n) => n.endsWith('.partial'));
    const had = (await readFile(join(folder, partial, 'model.safetensors'))).length;
    assert.ok(had > 0 && had < weights.bytes, `${had}`);
    assert.equal(await readDescriptor(join(folder, partial)), undefined);
    server.requests.length = 0;
    let skipped = 0;
    await pullCheckpoint(store(), target, { signal, retry, check: checkRoot, onProgress: (p) => (skipped = p.skipped) });
    assert.deepEqual(server.requests, [`GET /run/${DESCRIPTOR_NAME}`, `GET /run/model.safetensors ${had}-`]);
    assert.equal(skipped, had + descriptor.files[0].bytes);
    assert.deepEqual(await visible(folder), ['pulled']);
    await verifyCheckpoint(target, { signal });
  }));

test('bytes that were damaged where the pull stopped are fetched anew; wrong ones at the source are refused', () =>
  withFolder(async (folder) => {
    const { folder: source, descriptor } = await smallCheckpoint(folder);
    await publishCheckpoint(store(), source, { signal });
    const target = join(folder, 'pulled');
    await assert.rejects(pullCheckpoint(store(), target, { signal, check: () => Promise.reject(new Error('stopped here')) }), /stopped here/);
    const [partial] = (await readdir(folder)).filter((n) => n.endsWith('.partial'));
    await writeFile(join(folder, partial, 'model.safetensors'), Buffer.alloc(1000));
    await appendFile(join(folder, partial, 'config.json'), 'x');
    await pullCheckpoint(store(), target, { signal, retry });
    assert.deepEqual(await verifyCheckpoint(target, { signal }), descriptor);

    const weights = Buffer.from(server.files.get('/run/model.safetensors')!);
    weights[weights.length - 1] ^= 1;
    server.files.set('/run/model.safetensors', weights);
    await assert.rejects(pullCheckpoint(store(), join(folder, 'second'), { signal, retry }), code('CHECKPOINT_DAMAGED'));
    server.files.set('/run/model.safetensors', weights.subarray(1));
    await assert.rejects(pullCheckpoint(store(), join(folder, 'second'), { signal, retry }), code('CHECKPOINT_DAMAGED'));
    server.files.set(`/run/${DESCRIPTOR_NAME}`, server.files.get(`/run/${DESCRIPTOR_NAME}`)!.subarray(0, 300));
    await assert.rejects(pullCheckpoint(store(), join(folder, 'second'), { signal, retry }), code('CHECKPOINT_DAMAGED'));
    server.files.delete(`/run/${DESCRIPTOR_NAME}`);
    await assert.rejects(pullCheckpoint(store(), join(folder, 'second'), { signal, retry }), code('CHECKPOINT_NOT_FOUND'));
    assert.deepEqual(await visible(folder), ['pulled']);
  }));

test('a root that the parameters do not have, and a size beyond the limit', () =>
  withFolder(async (folder) => {
    const { folder: source, descriptor } = await smallCheckpoint(folder);
    await writeFile(join(source, DESCRIPTOR_NAME), encodeDescriptor({ ...descriptor, root: '00'.repeat(32) }));
    await assert.rejects(pullCheckpoint(openStore(source), join(folder, 'a'), { signal, check: checkRoot }), code('CHECKPOINT_DAMAGED'));
    await assert.rejects(verifyCheckpoint(source, { signal }), code('CHECKPOINT_DAMAGED'));
    await assert.rejects(pullCheckpoint(openStore(source), join(folder, 'a'), { signal, maxBytes: 100 }), code('CHECKPOINT_TOO_LARGE'));
    assert.deepEqual(await visible(folder), []);
  }));

test('connections that break and servers that are busy are outlasted, without a range too', () =>
  withFolder(async (folder) => {
    const { folder: source, descriptor } = await smallCheckpoint(folder);
    server.faults = { busy: 3 };
    await publishCheckpoint(store(), source, { signal });
    server.faults = { cutAfter: 3000, cuts: 7, busy: 2 };
    await pullCheckpoint(store(), join(folder, 'a'), { signal, retry });
    server.faults = { cutAfter: 9000, cuts: 2, ignoreRanges: true };
    assert.deepEqual(await pullCheckpoint(store(), join(folder, 'b'), { signal, retry }), descriptor);
    server.faults = { busy: 100 };
    await assert.rejects(pullCheckpoint(store(), join(folder, 'c'), { signal, retry }), code('CHECKPOINT_UNAVAILABLE'));
  }));

test('a push that was interrupted sends only the rest, and until then there is no checkpoint', () =>
  withFolder(async (folder) => {
    const { folder: source } = await smallCheckpoint(folder);
    server.faults = { refusePut: 'model.safetensors' };
    await assert.rejects(publishCheckpoint(store(), source, { signal }), code('CHECKPOINT_REFUSED'));
    await assert.rejects(pullCheckpoint(store(), join(folder, 'a'), { signal, retry }), code('CHECKPOINT_NOT_FOUND'));
    server.requests.length = 0;
    await publishCheckpoint(store(), source, { signal });
    assert.deepEqual(server.requests.filter((r) => r.startsWith('PUT') && !r.includes('psyche-upload')), ['PUT /run/model.safetensors', `PUT /run/${DESCRIPTOR_NAME}`]);
  }));

test('into a folder, a checkpoint appears whole; two pulls at once are told apart', () =>
  withFolder(async (folder) => {
    const { folder: source, descriptor } = await smallCheckpoint(folder);
    const shelf = join(folder, 'shelf', 'epoch-3');
    await publishCheckpoint(openStore(shelf), source, { signal });
    assert.deepEqual(await verifyCheckpoint(shelf, { signal }), descriptor);
    const slow: CheckpointSource = {
      location: 'slow',
      open: async (name, from, inner) => {
        if (name !== DESCRIPTOR_NAME) await assert.rejects(pullCheckpoint(openStore(shelf), join(folder, 'x'), { signal }), code('CHECKPOINT_BUSY'));
        return openStore(shelf).open(name, from, inner);
      },
    };
    await pullCheckpoint(slow, join(folder, 'x'), { signal });
    assert.deepEqual((await readdir(join(folder, 'x'))).sort(), (await readdir(shelf)).sort());
    await writeFile(join(shelf, 'model.safetensors'), 'x');
    await assert.rejects(verifyCheckpoint(shelf, { signal }), code('CHECKPOINT_DAMAGED'));
  }));
