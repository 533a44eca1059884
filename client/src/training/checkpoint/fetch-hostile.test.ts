import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { operatorPolicy } from '../data/remote.js';
import { smallManifest } from '../testing.js';
import { fetchCheckpoint, fetchInitial, openStore, publishCheckpoint, sealCheckpoint } from './index.js';
import { openModelFolder } from './model-folder.js';
import { code, retry, signal, smallCheckpoint, withFolder } from './testing/index.js';
import { StorageServer } from './testing/storage-server.js';

const { model } = smallManifest();

let server: StorageServer;
before(async () => void (server = await StorageServer.start()));
after(() => server.stop());

const trusting = () => ({ ...operatorPolicy([server.url], {}), attempts: 2, firstPauseMs: 0 });

test('what an earlier fetch left serves whoever wants its root, and is in nobody\'s way', () =>
  withFolder(async (folder) => {
    const { folder: source, descriptor } = await smallCheckpoint(folder);
    const { root } = descriptor;
    const { parameters } = await openModelFolder(source);
    const state = Buffer.from(parameters.buffer, parameters.byteOffset, parameters.byteLength);
    const publish = async (name: string, step: number): Promise<string> => {
      await sealCheckpoint(source, { root, step }, signal);
      return publishCheckpoint(openStore(`${server.url}/${name}`, { retry, env: {} }), source, { signal });
    };
    // The same parameters, of which two people say different things.
    const [one, other] = [await publish('one', 1), await publish('other', 2)];
    const options = { cacheDir: join(folder, 'cache'), signal, policy: trusting() };
    const initial = (location: string) => fetchInitial({ kind: 'checkpoint', seed: '00'.repeat(32), location, root }, model, options);
    for (const location of [one, other]) assert.deepEqual(await initial(location), parameters);
    for (const location of [one, other]) assert.deepEqual(Buffer.from(await fetchCheckpoint(location, root, model, state.length, options)), state);
    server.requests.length = 0;
    assert.deepEqual(await initial(`${server.url}/gone`), parameters);
    assert.deepEqual(server.requests, []);
    // What became damaged is fetched again.
    for (const kept of ['initial', 'checkpoint']) await writeFile(join(options.cacheDir, `${kept}-${root.slice(0, 16)}`, 'model.safetensors'), 'damaged');
    assert.deepEqual(await initial(other), parameters);
    assert.deepEqual(Buffer.from(await fetchCheckpoint(one, root, model, state.length, options)), state);
  }));

test('a model of files that are too many together is given up before all are asked for', () =>
  withFolder(async (folder) => {
    const shards = Array.from({ length: 9 }, (_, i) => `${i}.safetensors`);
    server.files.set('/many/model.safetensors.index.json', Buffer.from(JSON.stringify({ weight_map: Object.fromEntries(shards.map((s) => [s, s])) })));
    server.files.set('/many/config.json', Buffer.from('{}'));
    for (const shard of shards) server.files.set(`/many/${shard}`, Buffer.alloc(2 ** 27));
    server.requests.length = 0;
    const manifest = { kind: 'checkpoint' as const, seed: '00'.repeat(32), location: `${server.url}/many`, root: '11'.repeat(32) };
    await assert.rejects(fetchInitial(manifest, model, { cacheDir: join(folder, 'cache'), signal, policy: trusting() }), code('CHECKPOINT_TOO_LARGE'));
    assert.equal(server.requests.filter((r) => /\d\.safetensors/.test(r)).length, 3);
  }));
