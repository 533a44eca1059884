import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { bitmapOf } from '../protocol/bitmap.js';
import { sha256 } from '../protocol/bytes.js';
import { signAnnouncement } from '../protocol/commitment.js';
import { acceptedListRoot } from '../protocol/merkle.js';
import { type RunManifest, TrainingEngine } from '../training/index.js';
import { smallManifest } from '../training/testing.js';
import type { Collector } from './collecting.js';
import { Books, type Context } from './context.js';
import { Follower } from './following.js';

const manifest: RunManifest = {
  ...smallManifest(), hashInterval: 1, optimizer: { kind: 'adamw', beta1: '0.9', beta2: '0.95', epsilon: '0.00000001', weightDecay: '0.1' },
};
const sequence = (start: number): Int32Array => Int32Array.from({ length: 17 }, (_, i) => (start * 7 + i * i) % 256);

async function engineAtStart(): Promise<TrainingEngine> {
  const engine = await TrainingEngine.create(manifest, { backend: 'wasm' });
  await engine.initialParameters();
  return engine;
}

/** A participant that follows two decided rounds, and an engine that is never disturbed. */
async function following() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const secretKey = Uint8Array.from([...privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32), ...publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]);
  const [engine, reference] = [await engineAtStart(), await engineAtStart()];
  const subject = { program: new Uint8Array(32), run: new Uint8Array(32).fill(1), epoch: 0 };
  const zero = new Uint8Array(32);
  const books = new Books();
  const rounds: object[] = [];
  const codes: string[] = [];
  for (let round = 0; round < 2; round++) {
    await reference.train([sequence(round)], round);
    const { payload } = await reference.makePayload({ runHash: subject.run, epoch: 0, round, index: 0 });
    const body = { payloadHash: sha256(payload), payloadSize: payload.length, baseHash: zero, stateRootBefore: zero, stateRootAfter: zero, previousCommitment: zero, loss: 1, tokens: 2 };
    const announcement = signAnnouncement(secretKey, { ...subject, round, index: 0 }, body);
    const book = books.of(0, round);
    book.addAnnouncement(announcement);
    book.addPayload(announcement.commitmentHash, payload);
    // A round's votes report what the round before came to.
    const parameterHash = await reference.parameterHash();
    rounds.push({ epoch: 0, round, step: round, status: 'Decided', bitmap: bitmapOf([0]), root: acceptedListRoot(book.held()), witnesses: [0], parameterHash });
    reference.apply([payload], round);
  }
  const context = {
    engine, manifest, books, wake: () => {},
    model: { epoch: undefined, appliedThrough: -1, trainedThrough: -1, startRoot: zero, inSync: false },
    view: { epoch: 0, round: 2, rounds, members: [{ index: 0, capacity: 3 }] },
    p2p: { forget: () => {} },
    emit: (event: { code?: string }) => void codes.push(event.code ?? ''),
  } as unknown as Context;
  const follower = new Follower(context, {} as Collector);
  follower.begin(0, await engine.parameterHash(), engine.serialize());
  follower.observe();
  const follow = async (): Promise<void> => {
    for (let i = 0; i < 2; i++) await follower.applyNext(new AbortController().signal);
  };
  /** The last second moment, which only the serialization as a whole can bring back. */
  const damage = (): void => {
    const state = engine.serialize();
    state[state.length - 1] = 0x3f;
    engine.load(state);
  };
  return { context, engine, reference, books, codes, follow, damage };
}

test('who has come to something else than a quorum replays the epoch from its start, moments and all', async () => {
  const { context, engine, reference, codes, follow, damage } = await following();
  damage();
  await follow();
  assert.ok(codes.includes('PARAMETERS_DIFFER'));
  assert.ok(context.model.inSync && context.model.appliedThrough === 1);
  assert.deepEqual(await engine.parameterHash(), await reference.parameterHash());
});

test('nobody disturbed, nothing to replay; and without the payloads a dispute ends the epoch for this participant', async () => {
  const quiet = await following();
  await quiet.follow();
  assert.ok(!quiet.codes.includes('PARAMETERS_DIFFER'));
  assert.deepEqual(await quiet.engine.parameterHash(), await quiet.reference.parameterHash());

  const { context, books, codes, damage } = await following();
  const follower = new Follower(context, {} as Collector);
  follower.begin(0, await context.engine.parameterHash(), context.engine.serialize());
  // The second record comes when the first round's payload is gone.
  const [first, second] = context.view.rounds;
  context.view = { ...context.view, rounds: [first] };
  follower.observe();
  damage();
  await follower.applyNext(new AbortController().signal);
  books.of(0, 0).releasePayloads();
  context.view = { ...context.view, rounds: [first, second] };
  follower.observe();
  await follower.applyNext(new AbortController().signal);
  assert.deepEqual(codes.filter((code) => code !== ''), ['PARAMETERS_DIFFER', 'OUT_OF_SYNC']);
  assert.equal(context.model.inSync, false);
});
