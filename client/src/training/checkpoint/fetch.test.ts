import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { operatorPolicy } from '../data/remote.js';
import { modelLayout, parameterCount } from '../model/layout.js';
import { numbers, smallManifest } from '../testing.js';
import { fetchCheckpoint, fetchInitial, OPTIMIZER_NAME, publishCheckpoint, openStore, sealCheckpoint, verifyCheckpoint } from './index.js';
import { writeCheckpoint } from './hugging-face.js';
import { openModelFolder, rootOf } from './model-folder.js';
import { StorageServer } from './testing/storage-server.js';
import { code, retry, signal, smallCheckpoint, withFolder } from './testing/index.js';

const { model } = smallManifest();
const layout = modelLayout(model);
const parameterBytes = 4 * parameterCount(layout);

let server: StorageServer;
before(async () => void (server = await StorageServer.start()));
after(() => server.stop());
beforeEach(() => void server.files.clear());

/** The test's own server is on this machine, which an operator may trust and nobody else. */
const trusting = () => ({ ...operatorPolicy([server.url], {}), attempts: 2, firstPauseMs: 0 });

test('what a member posted is taken for its root alone, shared optimizer included', () =>
  withFolder(async (folder) => {
    const { folder: source, descriptor } = await smallCheckpoint(folder);
    const shared = new Uint8Array(Float32Array.from({ length: 2 * parameterCount(layout) }, numbers(9)).buffer);
    await writeFile(join(source, OPTIMIZER_NAME), shared);
    const parameters = (await openModelFolder(source)).parameters;
    const state = Buffer.concat([Buffer.from(parameters.buffer, parameters.byteOffset, parameters.byteLength), shared]);
    const root = await rootOf(state);
    await sealCheckpoint(source, { root, optimizerState: OPTIMIZER_NAME, epoch: 1, step: 9 }, signal);
    const location = await publishCheckpoint(openStore(`${server.url}/epoch-1`, { retry, env: {} }), source, { signal });
    const options = { cacheDir: join(folder, 'cache'), signal, policy: trusting() };
    assert.deepEqual(Buffer.from(await fetchCheckpoint(location, root, model, state.length, options)), state);
    // Once more, from what was kept.
    assert.deepEqual(Buffer.from(await fetchCheckpoint(location, root, model, state.length, options)), state);
    await verifyCheckpoint(join(folder, 'cache', `checkpoint-${root.slice(0, 16)}`), { signal });

    await assert.rejects(fetchCheckpoint(location, descriptor.root, model, state.length, options), code('CHECKPOINT_MISMATCH'));
    await assert.rejects(fetchCheckpoint(location, root, { ...model, layers: 1 }, state.length, { ...options, cacheDir: join(folder, 'other') }), code('CHECKPOINT_MISMATCH'));
    await sealCheckpoint(source, { root: '77'.repeat(32), optimizerState: OPTIMIZER_NAME }, signal);
    const lie = await publishCheckpoint(openStore(`${server.url}/lie`, { retry, env: {} }), source, { signal });
    await assert.rejects(fetchCheckpoint(lie, '77'.repeat(32), model, state.length, options), code('CHECKPOINT_MISMATCH'));
    assert.deepEqual(await readdir(join(folder, 'cache')), [`checkpoint-${root.slice(0, 16)}`], 'what was not true is not kept');
    const empty = { ...options, cacheDir: join(folder, 'empty') };
    await assert.rejects(fetchCheckpoint(`${server.url}/none`, root, model, state.length, empty), code('CHECKPOINT_NOT_FOUND'));
    for (const place of [location, 'https://10.0.0.1/x', 'p2p://someone', '/etc']) {
      await assert.rejects(fetchCheckpoint(place, root, model, state.length, { ...empty, policy: operatorPolicy([], {}) }), /RemoteError/, place);
    }
  }));

test('a run begins with any Hugging Face folder whose parameters have the manifest\'s root', () =>
  withFolder(async (folder) => {
    const { folder: whole, descriptor } = await smallCheckpoint(folder);
    const { parameters } = await openModelFolder(whole);
    const shards = join(folder, 'shards');
    await mkdir(shards);
    const bytes = new Uint8Array(parameters.buffer, parameters.byteOffset, parameterBytes);
    await writeCheckpoint(shards, model, layout, bytes, { step: 0, hash: descriptor.root }, { maxShardBytes: 20_000 });
    for (const name of await readdir(shards)) server.files.set(`/plain/${name}`, await readFile(join(shards, name)));
    const manifest = { kind: 'checkpoint' as const, seed: '00'.repeat(32), location: `${server.url}/plain`, root: descriptor.root };
    const options = { cacheDir: join(folder, 'cache'), signal, policy: trusting() };
    assert.deepEqual(await fetchInitial(manifest, model, options), parameters);
    assert.deepEqual(await fetchInitial(manifest, model, options), parameters);
    assert.deepEqual(await fetchInitial(manifest, model, options, whole), parameters);
    await assert.rejects(fetchInitial({ ...manifest, root: '11'.repeat(32) }, model, options), code('CHECKPOINT_MISMATCH'));
    const index = [...server.files.keys()].find((n) => n.endsWith('.index.json'))!;
    server.files.set(index, Buffer.from('{"weight_map": {"a": "../../x.safetensors"}}'));
    await assert.rejects(fetchInitial(manifest, model, { ...options, cacheDir: join(folder, 'b') }), code('CHECKPOINT_DAMAGED'));
    server.files.delete(index);
    await assert.rejects(fetchInitial(manifest, model, { ...options, cacheDir: join(folder, 'c') }), code('CHECKPOINT_NOT_FOUND'));
    server.files.set('/plain/model.safetensors', Buffer.alloc(2 * parameterBytes + 2 ** 28 + 1));
    await assert.rejects(fetchInitial(manifest, model, { ...options, cacheDir: join(folder, 'd') }), { code: 'REMOTE_TOO_LARGE' });
  }));
