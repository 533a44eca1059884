import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHUNK_BYTES, chunkLeaves } from '../protocol/merkle.js';
import { type FetchRange, ModelDownload } from './model-download.js';
import { ModelInMemory } from './partial-model.js';
import { RANGE_BYTES } from './serving-limits.js';
import { someBytes } from './testing.js';

const MODEL = someBytes(3 * RANGE_BYTES + CHUNK_BYTES + 4);
const LEAVES = chunkLeaves(MODEL);
const live = (): AbortSignal => new AbortController().signal;
const nothing = (): void => {};

/** A source that delivers, and notes what it was asked for. */
function honest(asked: number[] = []): FetchRange {
  return async (offset, target) => {
    asked.push(offset / RANGE_BYTES);
    target.set(MODEL.subarray(offset, offset + target.length));
  };
}

/** A source that answers nothing until its request is given up. */
const silent: FetchRange = (_, __, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

function start(present: number[] = [], target = new ModelInMemory(MODEL.length)) {
  const clock = { now: 0 };
  const progress: number[] = [];
  const ends: unknown[] = [];
  const download = new ModelDownload(MODEL.length, LEAVES, target, new Set(present), { progress: (bytes) => progress.push(bytes), ended: (failure) => ends.push(failure) }, () => clock.now);
  return { download, target, clock, progress, ends };
}

test('every range is asked for once, whoever asks', async () => {
  const { download, target, progress, ends } = start();
  const [a, b]: number[][] = [[], []];
  await Promise.all([download.drain('a', honest(a), live(), nothing), download.drain('b', honest(b), live(), nothing)]);
  assert.deepEqual([...a, ...b].sort(), [0, 1, 2, 3]);
  assert.ok(a.length > 0 && b.length > 0);
  assert.ok(download.complete);
  assert.deepEqual(await target.content(), MODEL);
  assert.equal(progress.at(-1), MODEL.length);
  assert.deepEqual(ends, [undefined]);
});

test('what is there already is not asked for, and counts as progress', async () => {
  const asked: number[] = [];
  const { download, progress } = start([0, 3]);
  assert.deepEqual(progress, [RANGE_BYTES + CHUNK_BYTES + 4]);
  await download.drain('a', honest(asked), live(), nothing);
  assert.deepEqual(asked, [1, 2]);
  assert.deepEqual(start([0, 1, 2, 3]).ends, [undefined], 'whole from the start');
});

test('a range that a source fails with, or lies about, is the next one\'s', async () => {
  const { download } = start();
  let delivered = 0;
  await assert.rejects(download.drain('gone', () => Promise.reject(new Error('gone')), live(), () => delivered++), /gone/);
  const liar: FetchRange = async (offset, target) => {
    await honest()(offset, target, live());
    target[CHUNK_BYTES + 1] ^= 1;
  };
  await assert.rejects(download.drain('liar', liar, live(), () => delivered++), { code: 'WRONG_HASH', message: /chunk 1 / });
  assert.equal(download.done, 0);
  assert.equal(delivered, 0);
  assert.equal(await download.drain('a', honest(), live(), () => delivered++), true);
  assert.equal(delivered, 4);
  assert.ok(download.complete);
});

test('at the end, what a silent source holds is fetched from another, which is waited for no longer', async () => {
  const { download, clock } = start();
  const stuck = download.drain('silent', silent, live(), nothing);
  await download.drain('good', honest(), live(), nothing);
  assert.equal(download.done, MODEL.length - RANGE_BYTES);

  // not at once: it may be a slow link
  let woken = false;
  const changed = download.changed('good', live()).then(() => (woken = true));
  assert.equal(await download.drain('good', honest(), live(), nothing), true);
  assert.ok(!download.complete && !woken);
  clock.now = 10_000;
  await download.changed('good', live());
  assert.equal(await download.drain('good', honest(), live(), nothing), true);
  assert.ok(download.complete);
  assert.equal(await stuck, false, 'its stream is of no more use');
  await changed;
});

test('several that fall silent delay it by moments: one more source each time', async () => {
  const { download, clock } = start([1, 2, 3]);
  const stuck: Promise<boolean>[] = [];
  const asked: number[] = [];
  for (const source of ['a', 'b', 'c']) {
    stuck.push(download.drain(source, silent, live(), nothing));
    await download.drain('good', honest(asked), live(), nothing);
    assert.deepEqual(asked, [], 'not at once');
    clock.now += 10_000;
  }
  await download.drain('good', honest(asked), live(), nothing);
  assert.ok(download.complete);
  assert.deepEqual(await Promise.all(stuck), [false, false, false]);
});

test('who finds nothing to take goes on waiting, whatever others finish', async () => {
  const { download } = start([2, 3]);
  let woken = false;
  let deliver!: () => void;
  const held = new Promise<void>((resolve) => (deliver = resolve));
  const slow = download.drain('slow', (...range) => held.then(() => honest()(...range)), live(), nothing);
  const controller = new AbortController();
  const stuck = assert.rejects(download.drain('silent', silent, controller.signal, nothing));
  const changed = download.changed('idle', live()).then(() => (woken = true));
  deliver();
  await slow;
  await new Promise(setImmediate);
  assert.equal(woken, false);
  controller.abort();
  await stuck;
  await changed;
});

test('a source does not race itself', async () => {
  const { download, clock } = start([1, 2, 3]);
  const controller = new AbortController();
  const stuck = assert.rejects(download.drain('a', silent, controller.signal, nothing), /enough/);
  clock.now = 10_000;
  const asked: number[] = [];
  await download.drain('a', honest(asked), live(), nothing);
  assert.deepEqual(asked, []);
  const changed = download.changed('a', live());
  controller.abort(new Error('enough'));
  await stuck;
  await changed;
  await download.drain('a', honest(asked), live(), nothing);
  assert.deepEqual(asked, [0]);
});

test('a disk that does not take it ends the download with the reason', async () => {
  const full = new Error('no space left');
  const target = new ModelInMemory(MODEL.length);
  target.write = () => Promise.reject(full);
  const { download, ends } = start([], target);
  await assert.rejects(download.drain('a', honest(), live(), nothing), full);
  assert.deepEqual(ends, [full]);
  assert.equal(download.done, 0);
});

test('who waits for a change can give up', async () => {
  const { download } = start([1, 2, 3]);
  const controller = new AbortController();
  const stuck = assert.rejects(download.drain('a', silent, controller.signal, nothing));
  const waiting = assert.rejects(download.changed('b', controller.signal));
  controller.abort();
  await Promise.all([stuck, waiting]);
});
