import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { sha256 } from '../protocol/bytes.js';
import { signAnnouncement, type Announcement } from '../protocol/commitment.js';
import { acceptedListRoot, type AcceptedEntry } from '../protocol/merkle.js';
import { bitmapOf } from '../protocol/bitmap.js';
import { signWitnessList } from '../protocol/witness-list.js';
import { RoundBook } from './book.js';
import { Books } from './context.js';

const subject = { program: new Uint8Array(32), run: new Uint8Array(32).fill(1), epoch: 0, round: 5 };
const key = (() => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  return Uint8Array.from([...seed, ...publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]);
})();
const payloadOf = (index: number, salt = 0): Uint8Array => Uint8Array.of(index, salt);

function announce(index: number, salt = 0): Announcement {
  const payload = payloadOf(index, salt);
  const zero = new Uint8Array(32);
  const body = { payloadHash: sha256(payload), payloadSize: payload.length, baseHash: zero, stateRootBefore: zero, stateRootAfter: zero, previousCommitment: zero, loss: 1, tokens: 2 };
  return signAnnouncement(key, { ...subject, index }, body);
}

const entry = (a: Announcement): AcceptedEntry => ({ index: a.index, commitmentHash: a.commitmentHash });
const listBy = (memberIndex: number, entries: AcceptedEntry[]) => signWitnessList(key, { ...subject, memberIndex, entries });

function bookWith(...announcements: Announcement[]): RoundBook {
  const book = new RoundBook(0, 5);
  for (const a of announcements) {
    book.addAnnouncement(a);
    book.addPayload(a.commitmentHash, payloadOf(a.index));
  }
  return book;
}

test('what is held ascends by index and leaves out what cannot be used', () => {
  const book = bookWith(announce(2), announce(0));
  const garbage = announce(1);
  book.addAnnouncement(garbage);
  assert.deepEqual(book.missingPayloads().map((a) => a.index), [1]);
  book.markUnusable(garbage.commitmentHash);
  assert.deepEqual(book.missingPayloads(), []);
  assert.deepEqual(book.held().map((e) => e.index), [0, 2]);
});

test('accepted is what a quorum of the elected names, not of those who came', () => {
  const [a, b, c] = [announce(0), announce(1), announce(2)];
  const book = bookWith(a, b, c);
  book.addList(listBy(0, [entry(a), entry(b)]));
  assert.deepEqual(book.accepted([0, 1, 2]), [], 'one of three is no quorum');
  book.addList(listBy(1, [entry(a), entry(c)]));
  assert.deepEqual(book.accepted([0, 1, 2]).map((e) => e.index), [0]);
  book.addList(listBy(9, [entry(b), entry(c)]));
  assert.deepEqual(book.accepted([0, 1, 2]).map((e) => e.index), [0], 'who was not elected has no say');
  book.addList(listBy(2, [entry(b), entry(c)]));
  assert.deepEqual(book.accepted([0, 1, 2]).map((e) => e.index), [0, 1, 2]);
});

test('two commitments of one trainer are both kept, and a third is not, unless a witness lists it', () => {
  const book = new RoundBook(0, 5);
  assert.equal(book.addAnnouncement(announce(0, 0)), true);
  assert.equal(book.addAnnouncement(announce(0, 0)), false);
  assert.equal(book.conflictOf(0), undefined);
  assert.equal(book.addAnnouncement(announce(0, 1)), true);
  assert.deepEqual(book.conflictOf(0)!.map((a) => a.bytes), [announce(0, 0).bytes, announce(0, 1).bytes]);
  assert.deepEqual([0, 1, 2].map((salt) => book.isOfUse(announce(0, salt))), [true, true, false]);
  assert.equal(book.addAnnouncement(announce(0, 2)), false);
  book.addList(listBy(1, [entry(announce(0, 2))]));
  book.addList(listBy(2, [entry(announce(0, 3))]));
  assert.equal(book.addAnnouncement(announce(0, 2)), false, 'anybody signs lists as long as it is not known who the witnesses are');
  book.elect([1]);
  assert.equal(book.addAnnouncement(announce(0, 2)), true);
  assert.equal(book.addAnnouncement(announce(0, 3)), false, 'who was not elected names nothing');
  // The same commitment, signed in another way, is nothing new to pass on.
  const known = announce(0, 0);
  assert.equal(book.isOfUse({ ...known, bytes: known.bytes.slice().fill(1, 0, 64) }), false);
});

test('of one witness only lists that say more than its last are taken, and few, so that it cannot name one commitment after the other', () => {
  const book = new RoundBook(0, 5);
  const all = Array.from({ length: 12 }, (_, index) => entry(announce(index)));
  const list = (count: number, salt = 0) => listBy(1, all.slice(0, count).map((e) => (e.index === 0 ? entry(announce(0, salt)) : e)));
  const lengths = (): number[] => book.allLists().map(({ entries }) => entries.length);
  book.addList(list(2));
  assert.equal(book.isListOfUse(list(2)), true, 'the same bytes may be passed on again');
  for (const other of [list(1), list(2, 1), list(3, 1)]) {
    assert.equal(book.isListOfUse(other), false);
    book.addList(other);
  }
  assert.deepEqual(lengths(), [2]);
  for (let count = 3; count <= 12; count++) {
    assert.equal(book.isListOfUse(list(count)), count <= 9);
    book.addList(list(count));
  }
  assert.deepEqual(lengths(), [9]);
  book.elect([0]);
  assert.deepEqual([lengths(), book.isListOfUse(list(9))], [[], false]);
});

test('what is listed of an equivocator stays what it was, whichever of its payloads comes later', () => {
  const book = new RoundBook(0, 5);
  const [first, second] = [announce(0, 0), announce(0, 1)];
  for (const a of [first, second]) book.addAnnouncement(a);
  book.addPayload(second.commitmentHash, payloadOf(0, 1));
  assert.deepEqual(book.held(), [entry(second)]);
  book.addPayload(first.commitmentHash, payloadOf(0, 0));
  assert.deepEqual(book.held(), [entry(second)]);
});

test('a peer that missed something is told the lists and everybody\'s first commitments before anybody\'s second', () => {
  const book = bookWith(announce(0, 0), announce(0, 1), announce(1));
  book.addList(listBy(0, [entry(announce(1))]));
  assert.deepEqual(book.messages().length, 3, 'no list before it is known whose counts');
  book.elect([0]);
  assert.deepEqual(book.messages(), [listBy(0, [entry(announce(1))]), announce(0, 0), announce(1), announce(0, 1)].map(({ bytes }) => bytes));
});

test('a decided root is resolved through witness lists where an equivocator told others something else', () => {
  const [honest, mine, theirs] = [announce(1), announce(0, 0), announce(0, 1)];
  const book = bookWith(mine, honest);
  const decided = [entry(theirs), entry(honest)];
  const [bitmap, root] = [bitmapOf([0, 1]), acceptedListRoot(decided)];
  assert.equal(book.resolve(bitmap, root, [0, 1]), undefined);
  book.addList(listBy(1, decided));
  const resolved = book.resolve(bitmap, root, [0, 1])!;
  assert.deepEqual(resolved.map((e) => e.index), [0, 1]);
  assert.equal(book.payloadsOf(resolved), undefined, 'its payload is still to be fetched');
  book.addPayload(theirs.commitmentHash, payloadOf(0, 1));
  assert.deepEqual(book.payloadsOf(resolved)!.map((p) => [...p]), [[0, 1], [1, 0]]);
});

test('after the deadline the own list does not grow any more', () => {
  const book = bookWith(announce(0));
  book.closeList();
  const late = announce(1);
  book.addAnnouncement(late);
  book.addPayload(late.commitmentHash, payloadOf(1));
  assert.deepEqual(book.held().map((e) => e.index), [0]);
  assert.ok(book.payload(late.commitmentHash), 'but it can still be applied if others accepted it');
});

test('payloads of the oldest rounds are let go of when all take too much, and not fetched again', () => {
  const books = new Books();
  const announcements = [0, 1, 2, 3].map((round) => {
    const a = announce(round);
    const book = books.of(0, round);
    book.addAnnouncement(a);
    book.addPayload(a.commitmentHash, payloadOf(round));
    return a;
  });
  assert.deepEqual(books.release(0, 3, 8), [], 'two bytes each fit');
  assert.deepEqual(books.release(0, 3, 5), [announcements[0], announcements[1]].map((a) => a.body.payloadHash));
  assert.deepEqual(books.release(0, 1, 0), [], 'newer ones are kept, whatever they take');
  const old = books.of(0, 0);
  assert.equal(old.payload(announcements[0].commitmentHash), undefined);
  assert.deepEqual(old.missingPayloads(), []);
  old.addPayload(announcements[0].commitmentHash, payloadOf(0));
  assert.equal(old.payloadBytes, 0);
  assert.equal(old.allAnnouncements().length, 1);
});
