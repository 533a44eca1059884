import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { after, test } from 'node:test';
import { bitmapOf } from '../protocol/bitmap.js';
import { sha256, toHex } from '../protocol/bytes.js';
import { type Announcement, signAnnouncement } from '../protocol/commitment.js';
import { signWitnessList } from '../protocol/witness-list.js';
import { Collector } from './collecting.js';
import { Books, type Context } from './context.js';

const ME = '11111111111111111111111111111112';
const OTHER = '11111111111111111111111111111113';
const subject = { program: new Uint8Array(32), run: new Uint8Array(32).fill(1), epoch: 0 };
const key = (() => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  return Uint8Array.from([...seed, ...publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]);
})();

function announce(round: number, index: number): { announcement: Announcement; payload: Uint8Array } {
  const payload = Uint8Array.of(round, index);
  const zero = new Uint8Array(32);
  const body = { payloadHash: sha256(payload), payloadSize: 2, baseHash: zero, stateRootBefore: zero, stateRootAfter: zero, previousCommitment: zero, loss: 1, tokens: 2 };
  return { announcement: signAnnouncement(key, { ...subject, round, index }, body), payload };
}
const listBy = (memberIndex: number, round: number) =>
  signWitnessList(key, { ...subject, round, memberIndex, entries: [{ index: 0, commitmentHash: announce(round, 0).announcement.commitmentHash }] });

const over = new AbortController();
setMaxListeners(0, over.signal);
after(() => over.abort(new Error('the test is over')));

/** Gives nothing until the test is over. */
const silent = (): Promise<never> => new Promise((_, reject) => over.signal.addEventListener('abort', () => reject(over.signal.reason)));

/** A participant in round 4, with members 0 to 3, of whom 2 is dropped and 1 a witness of round 4. */
function participant(fetch: (hash: Uint8Array) => Promise<Uint8Array> = silent) {
  const asked: string[] = [];
  const provided: string[] = [];
  const context = {
    identity: { address: ME }, program: subject.program, runKey: subject.run, books: new Books(), emit: () => {}, wake: () => {},
    engine: { maxPayloadBytes: 100, checkPayload: () => {} },
    p2p: {
      fetch: (hash: Uint8Array) => (asked.push(toHex(hash)), fetch(hash)),
      provide: (hash: Uint8Array) => void provided.push(toHex(hash)),
    },
    view: {
      state: 'RoundTrain', epoch: 0, round: 4,
      members: Array.from({ length: 4 }, (_, index) => ({ index, key: index === 0 ? ME : OTHER, state: index === 2 ? 'Dropped' : 'Healthy' })),
      rounds: [1, 2, 3, 4].map((round) => ({ epoch: 0, round, trainers: bitmapOf([0, 1, 2, 3]), witnesses: [1] })),
    },
  } as unknown as Context;
  return { context, asked, provided, collector: new Collector(context, over.signal) };
}

test('lists are taken of the round\'s witnesses alone; where nobody knows yet who they are, of members that are not out', () => {
  const { collector, context } = participant();
  assert.deepEqual([0, 1, 2, 3].map((member) => collector.judgeList(listBy(member, 4))), ['ignore', 'accept', 'ignore', 'ignore']);
  assert.deepEqual([0, 1, 2, 3].map((member) => collector.judgeList(listBy(member, 5))), ['accept', 'accept', 'ignore', 'accept']);
  collector.onList(listBy(0, 5));
  collector.onList(listBy(1, 5));
  assert.equal(context.books.of(0, 5).allLists().length, 2);
  context.view = { ...context.view, round: 5, rounds: [{ ...context.view.rounds[0]!, round: 5 }] };
  assert.deepEqual(collector.messages(0, 5), [listBy(1, 5).bytes]);
  // Who was dropped after the election is a witness all the same.
  context.view.members[1]!.state = 'Dropped';
  assert.equal(collector.judgeList(listBy(1, 5)), 'accept');
});

test('a payload that comes when its round is forgotten is not kept, and one that was held is told of', async () => {
  const arrivals: ((payload: Uint8Array) => void)[] = [];
  const { collector, context, provided } = participant(() => new Promise((resolve) => arrivals.push(resolve)));
  const [early, late] = [announce(4, 1), announce(4, 3)];
  for (const { announcement } of [early, late]) collector.onAnnouncement(announcement);
  arrivals[0]!(early.payload);
  await new Promise(setImmediate);
  assert.deepEqual(provided, [toHex(sha256(early.payload))]);
  // An epoch whose Warmup failed: others have the places now. What was announced and never came is nothing to forget.
  assert.deepEqual(context.books.clear(0), [sha256(early.payload)]);
  arrivals[1]!(late.payload);
  await new Promise(setImmediate);
  assert.equal(provided.length, 1);
});

test('what the running round misses is fetched before what comes after it', () => {
  const { collector, context, asked } = participant();
  const members = Array.from({ length: 20 }, (_, index) => ({ ...context.view.members[0]!, index }));
  context.view = { ...context.view, members };
  const ofThis = members.map(({ index }) => announce(4, index));
  for (const { announcement } of ofThis) context.books.of(0, 4).addAnnouncement(announcement);
  collector.onAnnouncement(announce(5, 0).announcement);
  assert.deepEqual(asked, ofThis.slice(0, 16).map(({ payload }) => toHex(sha256(payload))));
});
