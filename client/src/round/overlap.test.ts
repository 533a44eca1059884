import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { bitmapOf } from '../protocol/bitmap.js';
import { sha256 } from '../protocol/bytes.js';
import { signAnnouncement, type Announcement } from '../protocol/commitment.js';
import { TrainingEngine } from '../training/index.js';
import { smallManifest } from '../training/testing.js';
import { Collector } from './collecting.js';
import { Books, type Context } from './context.js';
import { encodeKey } from './keys.js';
import { RoundTrainer } from './training.js';

function secret(): { secretKey: Uint8Array; publicKey: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return { secretKey: Uint8Array.from([...privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32), ...key]), publicKey: Uint8Array.from(key) };
}

test('the next gradient is computed while payloads of the round before are still on their way', async () => {
  const [me, peer] = [secret(), secret()];
  const engine = await TrainingEngine.create(smallManifest(), { backend: 'wasm' });
  await engine.initialParameters();
  const subject = { program: new Uint8Array(32), run: new Uint8Array(32).fill(1), epoch: 0 };
  const zero = new Uint8Array(32);

  // The peer's payload of round 3 takes as long as this test wants.
  const payload = await contribution(engine, { runHash: subject.run, epoch: 0, round: 3, index: 1 });
  let arrive!: () => void;
  const underWay = new Promise<Uint8Array>((resolve) => (arrive = () => resolve(payload)));
  const happened: string[] = [];
  const member = (index: number, key: Uint8Array) => ({ index, key: encodeKey(key), state: 'Healthy', capacity: 1 });
  const record = (round: number) => ({ epoch: 0, round, trainers: bitmapOf([0, 1]), batchSize: 4 });
  const context = {
    identity: { ...me, address: encodeKey(me.publicKey) }, program: subject.program, runKey: subject.run, engine, books: new Books(), tally: {},
    view: {
      state: 'RoundTrain', seedPinned: true, epoch: 0, round: 4, step: 4, batchSize: 4, dataPosition: 0n, trainers: [0, 1],
      members: [member(0, me.publicKey), member(1, peer.publicKey)], rounds: [record(3), record(4)],
    },
    // θ of round 2 is what round 4 is trained at: round 3 is neither applied nor all there.
    model: { epoch: 0, appliedThrough: 2, trainedThrough: 3, startRoot: zero, inSync: true },
    data: { sequences: async (start: number, count: number) => Array.from({ length: count }, (_, i) => sequence(start + i)) },
    store: { loadCommitment: () => undefined, saveCommitment: () => {}, pruneCommitments: () => {} },
    p2p: { fetch: () => underWay, provide: () => {}, publishAnnouncement: async (bytes: Uint8Array) => void happened.push(`announced ${bytes.length > 0}`) },
    emit: ({ event }: { event: string }) => void happened.push(event), wake: () => {},
  } as unknown as Context;

  const signal = new AbortController().signal;
  const collector = new Collector(context, signal);
  const trainer = new RoundTrainer(context);
  const body = { payloadHash: sha256(payload), payloadSize: payload.length, baseHash: zero, stateRootBefore: zero, stateRootAfter: zero, previousCommitment: zero, loss: 1, tokens: 2 };
  const theirs: Announcement = signAnnouncement(peer.secretKey, { ...subject, round: 3, index: 1 }, body);
  collector.onAnnouncement(theirs);
  assert.deepEqual(context.books.of(0, 3).missingPayloads().map((a) => a.index), [1]);

  assert.ok(trainer.isDue());
  await trainer.train(zero, signal);
  assert.deepEqual(happened, ['trained', 'announced true', 'announced']);
  assert.deepEqual(context.books.of(0, 4).held().map((e) => e.index), [0]);
  assert.deepEqual(context.books.of(0, 3).held(), [], 'the payload of round 3 was under way all the time');

  arrive();
  await new Promise(setImmediate);
  assert.deepEqual(context.books.of(0, 3).held().map((e) => e.index), [1]);
  engine.dispose();
});

const sequence = (start: number): Int32Array => Int32Array.from({ length: 17 }, (_, i) => (start * 7 + i * i) % 256);

async function contribution(engine: TrainingEngine, context: { runHash: Uint8Array; epoch: number; round: number; index: number }): Promise<Uint8Array> {
  await engine.train([sequence(1)], context.round);
  return (await engine.makePayload(context)).payload;
}
