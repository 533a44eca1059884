import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { bitmapOf } from '../protocol/bitmap.js';
import { sha256 } from '../protocol/bytes.js';
import { signAnnouncement } from '../protocol/commitment.js';
import { signWitnessList } from '../protocol/witness-list.js';
import type { Collector } from './collecting.js';
import { Books, type Context } from './context.js';
import { Duties } from './duties.js';
import type { Follower } from './following.js';
import { encodeKey } from './keys.js';
import { RoundWitness } from './witnessing.js';

test('a vote waits for the hash it is to report, but not beyond the time for training', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  const secretKey = Uint8Array.from([...privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32), ...key]);
  const subject = { program: new Uint8Array(32), run: new Uint8Array(32).fill(1), epoch: 0, round: 4 };
  const votes: { parameterHash?: Uint8Array }[] = [];
  const address = encodeKey(key);
  const member = { index: 0, key: address, state: 'Healthy' };
  const context = {
    identity: { secretKey, publicKey: key, address }, program: subject.program, runKey: subject.run, books: new Books(), manifest: { hashInterval: 4 },
    model: { epoch: 0, inSync: true }, tally: { figures: [] }, wake: () => {}, emit: () => {},
    p2p: { publishList: async () => {}, stats: () => ({ bytesUp: 0, bytesDown: 0 }) },
    chain: { witness: async (vote: { parameterHash?: Uint8Array }) => void votes.push(vote) },
    view: {
      state: 'RoundTrain', seedPinned: true, epoch: 0, round: 4, witnesses: [0], members: [member],
      rounds: [{ epoch: 0, round: 4, trainers: bitmapOf([0]) }],
    },
  } as unknown as Context;
  const payload = Uint8Array.of(1, 2, 3);
  const zero = new Uint8Array(32);
  const body = { payloadHash: sha256(payload), payloadSize: 3, baseHash: zero, stateRootBefore: zero, stateRootAfter: zero, previousCommitment: zero, loss: 1, tokens: 2 };
  const announcement = signAnnouncement(secretKey, { ...subject, index: 0 }, body);
  const book = context.books.of(0, 4);
  book.addAnnouncement(announcement);
  book.addPayload(announcement.commitmentHash, payload);
  book.addList(signWitnessList(secretKey, { ...subject, memberIndex: 0, entries: book.held() }));

  let hash: Uint8Array | undefined;
  const witness = new RoundWitness(context, { hashAfter: (round: number) => (round === 3 ? hash : undefined) } as Follower, {} as Collector);
  const look = async (): Promise<number> => {
    // Each time as if nothing had been voted before.
    const duties = new Duties(new AbortController().signal, (duty, error) => assert.fail(`${duty}: ${String(error)}`));
    witness.update(duties);
    await duties.idle();
    return votes.length;
  };
  assert.equal(await look(), 0);
  hash = zero.slice().fill(5);
  assert.equal(await look(), 1);
  assert.deepEqual(votes[0].parameterHash, hash);

  hash = undefined;
  context.model.inSync = false;
  assert.equal(await look(), 2, 'who cannot follow votes for what it holds');
  context.model.inSync = true;
  assert.equal(await look(), 2);
  context.view = { ...context.view, state: 'RoundWitness' };
  assert.equal(await look(), 3);
  assert.equal(votes[2].parameterHash, undefined);
});
