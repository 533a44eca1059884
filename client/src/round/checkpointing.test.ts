import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromHex } from '../protocol/bytes.js';
import { parseLocation, verifyCheckpoint } from '../training/checkpoint/index.js';
import { type CheckpointNote, writeCheckpoint } from '../training/checkpoint/hugging-face.js';
import { readState, rootOf } from '../training/checkpoint/model-folder.js';
import { StorageServer } from '../training/checkpoint/testing/storage-server.js';
import { retry, signal, smallCheckpoint, withFolder } from '../training/checkpoint/testing/index.js';
import { modelLayout, parameterCount } from '../training/model/layout.js';
import { smallManifest } from '../training/testing.js';
import { BytesTokenizer } from '../training/tokenizer/index.js';
import { type CheckpointKeeping, fetchPosted, isDurable, storeEpoch, writeEpoch } from './checkpointing.js';
import type { Context } from './context.js';

const manifest = smallManifest();
const layout = modelLayout(manifest.model);
const parameterBytes = 4 * parameterCount(layout);

test('what one member stores after an epoch, another one gets when no peer has it', async () => {
  const server = await StorageServer.start();
  try {
    await withFolder(async (folder) => {
      const { folder: step } = await smallCheckpoint(folder);
      const shared = Buffer.alloc(2 * parameterBytes, 7);
      const state = Buffer.concat([await readState(step, layout, undefined), shared]);
      const root = await rootOf(state);
      const end = { root, epoch: 2, step: 12 };
      const events: string[] = [];
      const checkpoints: CheckpointKeeping = { location: parseLocation(`${server.url}/run`), options: { retry, env: {} } };
      const context = {
        checkpoints,
        manifest,
        manifestHash: new Uint8Array(32).fill(5),
        identity: { address: 'me' },
        tokenizer: new BytesTokenizer(manifest.model.vocabSize),
        emit: (event: { event: string; code?: string }) => events.push(event.code ?? event.event),
        engine: {
          gradientBytes: parameterBytes,
          stateBytes: state.length,
          writeCheckpoint: (to: string, note: CheckpointNote) => writeCheckpoint(to, manifest.model, layout, state.subarray(0, parameterBytes), note),
        },
        store: { folder: join(folder, 'node'), checkpoints: join(folder, 'node') },
        view: { address: '1'.repeat(32), epoch: 3, step: 12 },
      } as unknown as Context;
      const written = await writeEpoch(context, state, end, signal);
      assert.deepEqual((await readdir(written)).sort(), ['config.json', 'model.safetensors', 'psyche-checkpoint.json', 'psyche-optimizer.bin']);
      await verifyCheckpoint(written, { signal });

      const location = await storeEpoch(context, checkpoints, end, signal);
      assert.equal(location, `${server.url}/run/epoch-2-${root.slice(0, 8)}`);
      assert.ok(location !== undefined && isDurable(location));
      context.view = { ...context.view, checkpoint: { location, hash: fromHex(root) } };
      // A server that falls silent is not waited for, and what it sent is there for the next attempt.
      server.faults = { stallAfter: 2000 };
      await assert.rejects(fetchPosted(context, root, signal, 500), { code: 'CHECKPOINT_UNREACHABLE' });
      assert.deepEqual(Buffer.from((await fetchPosted(context, root, signal))!), state);
      assert.deepEqual(await readdir(join(folder, 'node')), ['step-12'], 'what was fetched is kept by the caller');

      // Another hash than the one asked for, and a member that has it itself.
      assert.equal(await fetchPosted(context, '00'.repeat(32), signal), undefined);
      context.view = { ...context.view, checkpoint: { location: 'p2p://someone', hash: fromHex(root) } };
      assert.equal(await fetchPosted(context, root, signal), undefined);
      // Where that origin is not the operator's, this machine's own servers are out of bounds.
      context.view = { ...context.view, checkpoint: { location, hash: fromHex(root) } };
      await assert.rejects(fetchPosted({ ...context, checkpoints: undefined } as Context, root, signal), { code: 'REMOTE_LOCATION' });

      // A store that does not take it leaves the epoch as it is.
      server.token = 'secret';
      assert.equal(await storeEpoch(context, checkpoints, end, signal), undefined);
      assert.equal(events.at(-1), 'CHECKPOINT_REFUSED');
      const shelf: CheckpointKeeping = { location: parseLocation(join(folder, 'shelf')), options: {} };
      assert.equal(isDurable((await storeEpoch(context, shelf, end, signal))!), false);
      assert.deepEqual(await readdir(join(folder, 'shelf')), [`epoch-2-${root.slice(0, 8)}`]);
    });
  } finally {
    await server.stop();
  }
});
