import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { announcementOf, SECRET_KEYS } from '../p2p/testing.js';
import { bitmapOf } from '../protocol/bitmap.js';
import { sha256 } from '../protocol/bytes.js';
import { StateDir } from '../store/state-dir.js';
import { TrainingEngine } from '../training/index.js';
import { smallManifest } from '../training/testing.js';
import { Books, type Context } from './context.js';
import { encodeKey } from './keys.js';
import { RoundTrainer } from './training.js';

const root = mkdtempSync(join(tmpdir(), 'psyche-training-'));
const engine = await TrainingEngine.create(smallManifest(), { backend: 'wasm' });
after(async () => {
  await engine.dispose();
  rmSync(root, { recursive: true, force: true });
});
const signal = new AbortController().signal;
const secretKey = SECRET_KEYS[0];
const sequence = Int32Array.from({ length: 17 }, (_, i) => (7 + i * i) % 256);

/** A process of the member in round 4 of epoch 0, with what processes before it left in the folder. */
function processOf(name: string) {
  const said: string[] = [];
  const published: Uint8Array[] = [];
  const provided: Uint8Array[] = [];
  const store = StateDir.open(root, 'run', name);
  const key = encodeKey(secretKey.subarray(32));
  const context = {
    identity: { secretKey, publicKey: secretKey.subarray(32), address: key }, program: new Uint8Array(32), runKey: new Uint8Array(32).fill(1),
    engine, books: new Books(), tally: { roundsTrained: 0 }, store, wake: () => {},
    view: {
      state: 'RoundTrain', seedPinned: true, epoch: 0, round: 4, step: 4, batchSize: 1, dataPosition: 0n, trainers: [0],
      members: [{ index: 0, key, state: 'Healthy', capacity: 1 }], rounds: [{ epoch: 0, round: 4, trainers: bitmapOf([0]), batchSize: 1 }],
    },
    model: { epoch: 0, appliedThrough: 2, trainedThrough: 3, startRoot: new Uint8Array(32), inSync: true },
    data: { sequences: async () => [sequence] },
    p2p: { provide: (hash: Uint8Array) => void provided.push(hash), publishAnnouncement: async (bytes: Uint8Array) => void published.push(bytes) },
    emit: (event: { event: string; code?: string }) => void said.push(event.code ?? event.event),
  } as unknown as Context;
  return { context, trainer: new RoundTrainer(context), store, said, published, provided };
}

test('who is restarted in mid-round announces the same bytes, and never signs a second commitment', async () => {
  const first = processOf('restarted');
  await first.trainer.train(undefined, signal);
  assert.deepEqual(first.said, ['trained', 'announced']);
  await first.store.close();

  const second = processOf('restarted');
  second.trainer.restore(0, 4, 0);
  assert.equal(second.provided.length, 1, 'the payload is served again');
  await second.trainer.train(undefined, signal);
  assert.deepEqual(second.said, []);
  assert.deepEqual(second.published, first.published);
  assert.equal(second.context.model.trainedThrough, 4);

  // In the round after, its commitment names the one of the process before.
  second.context.view = { ...second.context.view, round: 5, step: 5, rounds: [{ ...second.context.view.rounds[0], round: 5 }] };
  second.context.model.appliedThrough = 3;
  assert.ok(second.trainer.isDue());
  await second.trainer.train(undefined, signal);
  const [four, five] = [4, 5].map((round) => second.context.books.of(0, round).announcedBy(0)[0]);
  assert.deepEqual(five.body.previousCommitment, four.commitmentHash);
  await second.store.close();

  // At another place, of a Warmup that was tried again, what was announced for this one is nobody's.
  const third = processOf('restarted');
  third.context.view.members[0].index = 1;
  third.trainer.restore(0, 4, 1);
  assert.deepEqual([await third.trainer.repeat(0, 4, 1), third.published, third.provided], [true, [], []]);
  await third.store.close();
});

test('a torn commitment, or one that only peers know of, is not signed again', async () => {
  const first = processOf('torn');
  await first.trainer.train(undefined, signal);
  await first.store.close();
  const folder = join(first.store.folder, 'commitments');
  const path = join(folder, readdirSync(folder)[0]);
  writeFileSync(path, readFileSync(path).subarray(0, -1));
  const second = processOf('torn');
  await second.trainer.train(undefined, signal);
  assert.deepEqual([second.said, second.published], [['COMMITMENT_DAMAGED'], []]);
  await second.store.close();

  // A folder that was restored from a copy: the peers have what it lacks.
  const copy = processOf('copy');
  const announced = announcementOf(secretKey, 0, Uint8Array.of(1), { round: 4, epoch: 0 });
  copy.context.books.of(0, 4).addAnnouncement(announced);
  await copy.trainer.train(undefined, signal);
  assert.deepEqual([copy.said, copy.published], [['SECOND_SELF'], []]);
  await copy.store.close();

  // Or it comes while this one is training.
  const late = processOf('late');
  Object.assign(late.context, { data: { sequences: async () => (late.context.books.of(0, 4).addAnnouncement(announced), [sequence]) } });
  await late.trainer.train(undefined, signal);
  assert.deepEqual([late.said, late.published], [['trained', 'SECOND_SELF'], []]);
  assert.equal(late.store.loadCommitment(0, 4), undefined);
  await late.store.close();
});

test('what was announced names the payload that the disk kept', async () => {
  const { trainer, store, context } = processOf('kept');
  await trainer.train(undefined, signal);
  const stored = store.loadCommitment(0, 4)!;
  const [announcement] = context.books.of(0, 4).announcedBy(0);
  assert.deepEqual(stored.announcement, announcement.bytes);
  assert.deepEqual(sha256(stored.payload), announcement.body.payloadHash);
  await store.close();
});
