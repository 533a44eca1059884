import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FetchSlots, type Wanted } from './fetch-slots.js';

const wanted = (index: number, size = 1_000): Wanted => ({ id: `of ${index}`, index, size });
const many = (from: number, count: number): Wanted[] => Array.from({ length: count }, (_, i) => wanted(from + i));

test('sixteen at a time, two of one trainer, none twice', () => {
  const slots = new FetchSlots();
  assert.equal(slots.take(many(0, 40)).length, 16);
  assert.equal(slots.take(many(0, 40)).length, 0);
  slots.done('of 3', true);
  assert.deepEqual(slots.take(many(20, 5)), [wanted(20)]);

  const ofOne = new FetchSlots();
  assert.equal(ofOne.take([0, 1, 2].map((n) => ({ id: `${n}`, index: 7, size: 1 }))).length, 2);
});

test('who stalls keeps its own place, and nobody else\'s', () => {
  let now = 0;
  const slots = new FetchSlots(() => now);
  const stalling = [0, 1].flatMap((of) => many(0, 8).map((one) => ({ ...one, id: `${one.id}/${of}` })));
  assert.equal(slots.take(stalling).length, 16);
  now = 2_999;
  assert.equal(slots.take(many(20, 40)).length, 0);
  now = 3_000;
  assert.equal(slots.take(many(0, 8)).length, 0, 'two of one trainer, however long they take');
  assert.equal(slots.take(many(20, 40)).length, 16);

  const ofLarge = new FetchSlots(() => now);
  let taken = 0;
  for (let index = 0; index < 20; index++, now += 3_000) taken += ofLarge.take([wanted(index, 100 * 1024 * 1024)]).length;
  assert.equal(taken, 10, 'memory has its limit');
});

test('large payloads are fetched few at a time, and the largest alone', () => {
  const slots = new FetchSlots();
  const large = (index: number): Wanted => wanted(index, 100 * 1024 * 1024);
  assert.equal(slots.take([large(0), large(1), large(2)]).length, 2);
  const alone = new FetchSlots();
  assert.equal(alone.take([wanted(0, 2 ** 40), wanted(1)]).length, 1);
});

test('what cannot be had rests, longer each time, and takes no room from the rest', () => {
  let now = 0;
  const slots = new FetchSlots(() => now);
  const bad = many(0, 16);
  for (const rest of [500, 1_000, 2_000, 4_000, 8_000, 8_000]) {
    let taken = 0;
    for (let batch = slots.take(bad); batch.length > 0; batch = slots.take(bad)) {
      for (const { id } of batch) slots.done(id, false);
      taken += batch.length;
    }
    assert.equal(taken, bad.length);
    now += rest - 1;
    assert.equal(slots.take(bad).length, 0);
    now += 1;
  }
  assert.equal(slots.failed('of 0'), 6);
  const taken = slots.take([...bad, ...many(100, 20)]);
  assert.equal(taken.filter(({ index }) => index < 100).length, 0); // those never tried come first
  for (const { id } of taken) slots.done(id, true);
  assert.equal(slots.take(bad).length, 4);
  assert.equal(slots.take(many(200, 20)).length, 12);
});

test('one that could be had at last is forgotten, and so are the oldest of many', () => {
  const slots = new FetchSlots(() => 0);
  slots.done('a', false);
  slots.done('a', true);
  assert.equal(slots.failed('a'), 0);
  for (let i = 0; i < 5_000; i++) slots.done(`${i}`, false);
  assert.equal(slots.failed('0'), 0);
  assert.equal(slots.failed('4999'), 1);
});
