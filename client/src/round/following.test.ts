import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { bitmapOf } from '../protocol/bitmap.js';
import { sha256, toHex } from '../protocol/bytes.js';
import { signAnnouncement } from '../protocol/commitment.js';
import { acceptedListRoot } from '../protocol/merkle.js';
import type { RunRound } from '../protocol/run-view.js';
import { StateDir } from '../store/state-dir.js';
import { type RunManifest, TrainingEngine } from '../training/index.js';
import { smallManifest } from '../training/testing.js';
import type { Collector } from './collecting.js';
import { Books, type Context } from './context.js';
import { Follower } from './following.js';
import { encodeKey } from './keys.js';

const root = mkdtempSync(join(tmpdir(), 'psyche-following-'));
const open = new Set<StateDir>();
after(async () => {
  for (const store of open) await store.close();
  rmSync(root, { recursive: true, force: true });
});

const manifest: RunManifest = {
  ...smallManifest(), hashInterval: 1, optimizer: { kind: 'adamw', beta1: '0.9', beta2: '0.95', epsilon: '0.00000001', weightDecay: '0.1' },
};
const sequence = (start: number): Int32Array => Int32Array.from({ length: 17 }, (_, i) => (start * 7 + i * i) % 256);
const signal = new AbortController().signal;
const zero = new Uint8Array(32);

async function engineAtStart(): Promise<TrainingEngine> {
  const engine = await TrainingEngine.create(manifest, { backend: 'wasm' });
  await engine.initialParameters();
  return engine;
}

/** Decided rounds, with what they came to on an engine that is never disturbed. */
async function decided(count: number) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const secretKey = Uint8Array.from([...privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32), ...key]);
  const reference = await engineAtStart();
  const subject = { program: new Uint8Array(32), run: new Uint8Array(32).fill(1), epoch: 0 };
  const books = new Books();
  const rounds: RunRound[] = [];
  const payloads = new Map<string, Uint8Array>();
  for (let round = 0; round < count; round++) {
    await reference.train([sequence(round)], round);
    const { payload } = await reference.makePayload({ runHash: subject.run, epoch: 0, round, index: 0 });
    const body = { payloadHash: sha256(payload), payloadSize: payload.length, baseHash: zero, stateRootBefore: zero, stateRootAfter: zero, previousCommitment: zero, loss: 1, tokens: 2 };
    const announcement = signAnnouncement(secretKey, { ...subject, round, index: 0 }, body);
    const book = books.of(0, round);
    book.addAnnouncement(announcement);
    book.addPayload(announcement.commitmentHash, payload);
    payloads.set(toHex(body.payloadHash), payload);
    // A round's votes report what the round before came to.
    const parameterHash = await reference.parameterHash();
    rounds.push({ epoch: 0, round, step: round, status: 'Decided', bitmap: bitmapOf([0]), root: acceptedListRoot(book.held()), witnesses: [0], parameterHash } as unknown as RunRound);
    reference.apply([payload], round);
  }
  return { reference, books, rounds, payloads, key: encodeKey(key) };
}

type Decided = Awaited<ReturnType<typeof decided>>;

/** A participant that follows them. @param books what it has of them in memory */
async function participant({ rounds, payloads, key, books }: Decided, name: string, diskBytes?: number) {
  const engine = await engineAtStart();
  const codes: string[] = [];
  const fetched: string[] = [];
  const store = StateDir.open(root, 'run', name, diskBytes);
  open.add(store);
  const context = {
    engine, manifest, books, store, wake: () => {}, identity: { address: 'me' },
    model: { epoch: undefined, appliedThrough: -1, trainedThrough: -1, startRoot: zero, inSync: false },
    view: { epoch: 0, epochStartSlot: 77n, round: rounds.length, rounds: [...rounds], members: [{ index: 0, key, capacity: 3, state: 'Healthy' }] },
    p2p: {
      forget: () => {},
      fetch: async (hash: Uint8Array) => {
        fetched.push(toHex(hash));
        return payloads.get(toHex(hash)) ?? Promise.reject(new Error('nobody has it'));
      },
      fetchModel: () => Promise.reject(new Error('nobody has it')),
    },
    emit: (event: { event: string; code?: string }) => void (event.event === 'warning' && codes.push(event.code!)),
  } as unknown as Context;
  const follower = new Follower(context, { askPeers: async () => false } as unknown as Collector);
  const begin = async (): Promise<void> => {
    follower.begin(0, await engine.parameterHash(), engine.serialize());
    follower.observe();
  };
  const follow = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) assert.equal(await follower.applyNext(signal), true);
    await follower.settled();
  };
  /** The last second moment, which only the serialization as a whole can bring back. */
  const damage = (): void => {
    const state = engine.serialize();
    state[state.length - 1] = 0x3f;
    engine.load(state);
  };
  /** As a process that was killed leaves it. */
  const crash = async (): Promise<void> => {
    await store.close();
    open.delete(store);
  };
  return { context, engine, codes, fetched, follower, store, begin, follow, damage, crash };
}

test('who has come to something else than a quorum replays the epoch from its start, moments and all', async () => {
  const past = await decided(2);
  const { context, engine, codes, follow, begin, damage } = await participant(past, 'different');
  await begin();
  damage();
  await follow(2);
  assert.deepEqual(codes, ['PARAMETERS_DIFFER']);
  assert.ok(context.model.inSync && context.model.appliedThrough === 1);
  assert.deepEqual(await engine.parameterHash(), await past.reference.parameterHash());
});

test('nobody disturbed, nothing to replay; a start that a quorum has not is no dispute that a replay settles', async () => {
  const past = await decided(2);
  const quiet = await participant(past, 'quiet');
  await quiet.begin();
  await quiet.follow(2);
  assert.deepEqual(quiet.codes, []);
  assert.deepEqual(await quiet.engine.parameterHash(), await past.reference.parameterHash());

  const other = await participant({ ...past, rounds: past.rounds.map((r) => ({ ...r, parameterHash: new Uint8Array(32).fill(3) })) }, 'other-start');
  await other.begin();
  await other.follower.applyNext(signal);
  assert.deepEqual(other.codes, ['PARAMETERS_DIFFER', 'OUT_OF_SYNC']);
  assert.equal(other.context.model.inSync, false);
});

test('a replay has payloads from the disk where memory let go of them, and from peers where the disk is torn', async () => {
  const past = await decided(3);
  const { context, engine, codes, follower, store, fetched, follow, begin, damage } = await participant(past, 'disk');
  await begin();
  context.view = { ...context.view, rounds: past.rounds.slice(0, 2) };
  await follow(2);
  damage();
  for (const round of [0, 1]) past.books.of(0, round).releasePayloads();
  const torn = join(store.folder, 'payloads', `${[...past.payloads.keys()][1]}.bin`);
  writeFileSync(torn, readFileSync(torn).subarray(1));
  context.view = { ...context.view, rounds: past.rounds };
  follower.observe();
  await follow(1);
  assert.deepEqual(codes, [], 'nobody has voted for the last round\'s parameters yet');
  past.rounds.push({ ...past.rounds[2], round: 3, step: 3, status: 'Undecided', parameterHash: await past.reference.parameterHash() });
  context.view = { ...context.view, round: 4, rounds: past.rounds };
  follower.observe();
  await follow(1);
  assert.deepEqual(codes, ['PARAMETERS_DIFFER']);
  assert.deepEqual(fetched, [[...past.payloads.keys()][1]]);
  assert.ok(context.model.inSync);
  assert.deepEqual(await engine.parameterHash(), await past.reference.parameterHash());
});

test('without the payloads a dispute ends the epoch for this participant', async () => {
  const past = await decided(2);
  const { context, codes, follower, store, begin, damage } = await participant(past, 'lost');
  await begin();
  const [first, second] = past.rounds;
  // The second record comes when the first round's payload is gone.
  await follower.applyNext(signal);
  damage();
  await follower.settled();
  past.books.of(0, 0).releasePayloads();
  await store.payloads.keep(new Set());
  past.payloads.clear();
  context.view = { ...context.view, rounds: [first, { ...second, parameterHash: new Uint8Array(32).fill(9) }] };
  follower.observe();
  await follower.applyNext(signal);
  assert.deepEqual(codes, ['PARAMETERS_DIFFER', 'OUT_OF_SYNC']);
  assert.equal(context.model.inSync, false);
});

test('with nothing on disk, what memory has let go of is forgotten all the same', async () => {
  const past = await decided(1);
  const undecided = Array.from({ length: 69 }, (_, i) => ({ ...past.rounds[0]!, round: i + 1, status: 'Undecided' as const }));
  const { context, begin, follow } = await participant({ ...past, rounds: [...past.rounds, ...undecided] }, 'diskless', 0);
  for (const { round } of undecided) context.books.of(0, round);
  await begin();
  await follow(70);
  const known = (): number[] => [0, 1, 4, 5, 69].filter((round) => context.books.peek(0, round) !== undefined);
  assert.deepEqual(known(), [0, 5, 69], 'a replay may need what is held of the first round');
});

test('a process that was killed in mid-epoch is followed by one that is where it was, and goes on', async () => {
  const past = await decided(3);
  const first = await participant(past, 'killed');
  await first.begin();
  await first.follow(2);
  await first.crash();

  const second = await participant({ ...past, books: new Books() }, 'killed');
  assert.equal(await second.follower.resume(signal), true);
  assert.deepEqual([second.context.model.epoch, second.context.model.appliedThrough, second.context.model.inSync], [0, 1, true]);
  assert.deepEqual(await second.engine.parameterHash(), past.rounds[2].parameterHash);
  assert.deepEqual(second.follower.hashAfter(1), past.rounds[2].parameterHash);
  // What was decided while it was away is in the peers' books.
  const { context } = second;
  Object.assign(context, { books: past.books });
  await second.follow(1);
  assert.deepEqual(await second.engine.parameterHash(), await past.reference.parameterHash());
  await second.crash();

  // A third one, after the journal's end was torn: what is missing is still on the chain.
  const journal = join(second.store.folder, 'epoch.log');
  writeFileSync(journal, readFileSync(journal).subarray(0, -7));
  const third = await participant(past, 'killed');
  assert.equal(await third.follower.resume(signal), true);
  assert.equal(third.context.model.appliedThrough, 1);
  await third.follow(1);
  assert.deepEqual(await third.engine.parameterHash(), await past.reference.parameterHash());
});

test('what cannot be made again is not guessed: the participant waits for the next epoch', async () => {
  const past = await decided(3);
  const first = await participant(past, 'unable');
  await first.begin();
  await first.follow(2);
  await first.crash();
  const attempt = async (prepare: (p: Awaited<ReturnType<typeof participant>>) => void): Promise<string[]> => {
    const next = await participant({ ...past, books: new Books() }, 'unable');
    prepare(next);
    assert.equal(await next.follower.resume(signal), false);
    assert.equal(next.context.model.epoch, undefined);
    await next.crash();
    return next.codes;
  };
  // An epoch that ends while it is made again: the next Warmup does not wait, and there is nothing to tell.
  const late = await participant({ ...past, books: new Books() }, 'unable');
  const resuming = late.follower.resume(signal);
  late.context.view = { ...late.context.view, epoch: 1 };
  assert.deepEqual([await resuming, late.context.model.epoch, late.codes], [false, undefined, []]);
  await late.crash();
  // Another epoch, the same one tried again after a failed Warmup, and one whose next round the chain has forgotten.
  assert.deepEqual(await attempt(({ context }) => void (context.view = { ...context.view, epoch: 1 })), ['NOT_RESUMED']);
  assert.deepEqual(await attempt(({ context }) => void (context.view = { ...context.view, epochStartSlot: 78n })), ['NOT_RESUMED']);
  assert.deepEqual(await attempt(({ context }) => void (context.view = { ...context.view, round: 6 })), ['NOT_RESUMED']);
  // A payload that neither disk nor peers have.
  const names = readdirSync(join(first.store.folder, 'payloads'));
  assert.equal(names.length, 2);
  rmSync(join(first.store.folder, 'payloads', names[0]));
  past.payloads.clear();
  assert.deepEqual(await attempt(() => {}), ['NOT_RESUMED']);
});
