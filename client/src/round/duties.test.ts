import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Duties } from './duties.js';

test('one piece of work at a time, each key once, failures again', async () => {
  const errors: unknown[] = [];
  const abort = new AbortController();
  const duties = new Duties(abort.signal, (duty, error) => errors.push([duty, (error as Error).message]));
  let runs = 0;
  let release!: () => void;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const work = async () => {
    runs++;
    await gate;
  };
  duties.start('train', '0/1', work);
  duties.start('train', '0/2', work);
  assert.equal(duties.busyWith('train'), '0/1');
  release();
  await duties.idle();
  duties.start('train', '0/1', work);
  await duties.idle();
  assert.equal(runs, 1, 'done work is not done again');
  duties.start('vote', 'x', async () => Promise.reject(new Error('late')));
  await duties.idle();
  assert.deepEqual(errors, [['vote', 'late']]);
  let again = 0;
  duties.start('vote', 'x', async () => void again++);
  await duties.idle();
  assert.equal(again, 1, 'what failed is tried again');
  duties.start('ask', 'k', async () => (again++, false));
  await duties.idle();
  duties.start('ask', 'k', async () => void again++);
  await duties.idle();
  assert.equal(again, 3, 'unfinished work is started again');
  abort.abort();
  duties.start('ask', 'other', async () => void again++);
  assert.equal(again, 3, 'nothing starts after the end');
});
