import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DESCRIPTOR_NAME } from './descriptor.js';
import { HubServer, TOKEN } from './testing/hub-server.js';
import { checkRoot, openStore, publishCheckpoint, pullCheckpoint, verifyCheckpoint } from './index.js';
import { code, retry, signal, smallCheckpoint, withFolder } from './testing/index.js';

let hub: HubServer;
before(async () => void (hub = await HubServer.start()));
after(() => hub.stop());

const store = (location: string, env: NodeJS.ProcessEnv = { HF_TOKEN: TOKEN }) => openStore(location, { retry, env: { HF_ENDPOINT: hub.url, ...env } });

for (const transfer of ['basic', 'multipart', 'xet'] as const) {
  test(`pushed to the Hub by ${transfer} and pulled again, a checkpoint is the same`, () =>
    withFolder(async (folder) => {
      hub.transfer = transfer;
      const { folder: source, descriptor } = await smallCheckpoint(folder, transfer.length);
      const progress: number[] = [];
      const location = await publishCheckpoint(store(`hf://team/${transfer}`), source, { signal, onProgress: (p) => progress.push(p.done) });
      assert.match(location, new RegExp(`^hf://team/${transfer}@[0-9a-f]{40}$`));
      assert.ok(progress.at(-1)! > 0.9 * descriptor.files[1].bytes);
      assert.equal(hub.requests.some((r) => r.startsWith('POST /cas/v1/xorbs/')), transfer === 'xet');
      const target = join(folder, 'pulled');
      assert.deepEqual(await pullCheckpoint(store(location), target, { signal, retry, check: checkRoot }), descriptor);
      assert.deepEqual(await readFile(join(target, 'model.safetensors')), await readFile(join(source, 'model.safetensors')));
    }));
}

test('a commit stays what it was while its branch goes on; weights of another layout go away', () =>
  withFolder(async (folder) => {
    const [first, second] = [await smallCheckpoint(folder, 1), await smallCheckpoint(folder, 2)];
    const old = await publishCheckpoint(store('hf://team/run'), first.folder, { signal });
    const main = [...hub.repositories.get('team/run')!.commits.values()].at(-1)!;
    main.set('model-00001-of-00002.safetensors', { text: Buffer.from('old') }).set('README.md', { text: Buffer.from('kept') });
    const next = await publishCheckpoint(store('hf://team/run@main'), second.folder, { signal });
    assert.notEqual(next, old);
    assert.equal((await pullCheckpoint(store(old), join(folder, 'old'), { signal })).root, first.descriptor.root);
    assert.equal((await pullCheckpoint(store('hf://team/run'), join(folder, 'new'), { signal })).root, second.descriptor.root);
    const files = hub.repositories.get('team/run')!.commits.get(next.slice(-40))!;
    assert.deepEqual([...files.keys()].sort(), ['.gitattributes', 'README.md', 'config.json', 'model.safetensors', DESCRIPTOR_NAME]);
    // Pushing the same again makes no commit.
    assert.equal(await publishCheckpoint(store('hf://team/run'), second.folder, { signal }), next.replace('@main', ''));
    const branch = await publishCheckpoint(store('hf://team/run@other/deep'), second.folder, { signal });
    assert.equal((await pullCheckpoint(store(branch), join(folder, 'deep'), { signal })).root, second.descriptor.root);
  }));

test('a pull from the Hub goes on where the connection broke', () =>
  withFolder(async (folder) => {
    const { folder: source } = await smallCheckpoint(folder, 4);
    hub.transfer = 'basic';
    const location = await publishCheckpoint(store('hf://team/broken'), source, { signal });
    hub.requests.length = 0;
    hub.cuts = 2;
    hub.busy = 1;
    await pullCheckpoint(store(location), join(folder, 'pulled'), { signal, retry });
    const resumed = hub.requests.filter((r) => r.startsWith('GET /cdn/') && !r.endsWith(' 0-0')).map((r) => Number(r.split(' ')[2]?.split('-')[0] ?? 0));
    assert.deepEqual(resumed, [0, 1500, 3000]);
    await verifyCheckpoint(join(folder, 'pulled'), { signal });
  }));

test('what is private, missing or not allowed is told apart from what may go away', () =>
  withFolder(async (folder) => {
    const { folder: source } = await smallCheckpoint(folder, 5);
    await publishCheckpoint(store('hf://team/private'), source, { signal });
    const pull = (location: string, env?: NodeJS.ProcessEnv) => pullCheckpoint(store(location, env), join(folder, 'x'), { signal, retry });
    await assert.rejects(pull('hf://team/private', {}), code('CHECKPOINT_REFUSED'));
    await assert.rejects(pull('hf://team/none'), code('CHECKPOINT_NOT_FOUND'));
    await assert.rejects(pull('hf://team/private@none'), code('CHECKPOINT_NOT_FOUND'));
    await assert.rejects(publishCheckpoint(store('hf://team/private', {}), source, { signal }), code('CHECKPOINT_REFUSED'));
    assert.throws(() => store('hf://team/private', { HF_TOKEN: 'secret' }), code('CHECKPOINT_REFUSED'));
    hub.busy = 50;
    await assert.rejects(pull('hf://team/private'), code('CHECKPOINT_UNAVAILABLE'));
    hub.busy = 0;
  }));
