import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { ModelPacing } from './model-pacing.js';
import type { RangeShare } from './range-transfer.js';
import { STALLED_MS } from './under-way.js';

const RANGE = 1024 * 1024;
/** The clock of the stalled, which only a test moves. */
beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

const settled = (): Promise<void> => new Promise(setImmediate);

/** A peer that nothing else limits. */
function peer(): RangeShare {
  return { request: async () => {}, mayHave: () => true, run: (_, __, work) => work(() => {}) };
}

function harness() {
  const state = { busy: false };
  const pacing = new ModelPacing(() => state.busy);
  const log: string[] = [];
  /** A range to a peer that takes as long as the test wants. */
  const send = (share: RangeShare, name: string, signal = new AbortController().signal) => {
    let finish!: () => void;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    let taken!: () => void;
    const done = pacing.paced(share).run(RANGE, signal, async (onTaken) => {
      log.push(name);
      taken = onTaken;
      await gate;
    });
    return { done, finish, taken: () => taken() };
  };
  return { state, log, send };
}

test('four at a time, two of them to one peer, and peers take turns', async () => {
  const { log, send } = harness();
  const [a, b, c] = [peer(), peer(), peer()];
  const sent = [send(a, 'a1'), send(a, 'a2'), send(a, 'a3'), send(b, 'b1'), send(b, 'b2'), send(c, 'c1')];
  await settled();
  assert.deepEqual(log, ['a1', 'a2', 'b1', 'b2']);
  sent[0].finish();
  await sent[0].done;
  await settled();
  assert.equal(log.at(-1), 'c1', 'who has nothing under way comes before who asked first');
  sent[1].finish();
  await sent[1].done;
  await settled();
  assert.equal(log.at(-1), 'a3');
  for (const { finish } of sent) finish();
  await Promise.all(sent.map(({ done }) => done));
});

test('one at a time while the node sends what a round waits for', async () => {
  const { state, log, send } = harness();
  const [a, b] = [peer(), peer()];
  state.busy = true;
  const sent = [send(a, 'a1'), send(b, 'b1'), send(a, 'a2')];
  await settled();
  assert.deepEqual(log, ['a1']);
  sent[0].finish();
  await sent[0].done;
  await settled();
  assert.deepEqual(log, ['a1', 'b1']);
  state.busy = false;
  sent[1].finish();
  await sent[1].done;
  const more = send(b, 'b2');
  await settled();
  assert.deepEqual(log, ['a1', 'b1', 'a2', 'b2']);
  for (const { finish } of [...sent, more]) finish();
  await Promise.all([...sent, more].map(({ done }) => done));
});

test('who gives up, or whose link fails, makes room', async () => {
  const { state, log, send } = harness();
  state.busy = true;
  const controller = new AbortController();
  const gone = new Error('gone');
  const first = send(peer(), 'first');
  const second = assert.rejects(send(peer(), 'second', controller.signal).done, gone);
  const third = send(peer(), 'third');
  controller.abort(gone);
  await second;
  first.finish();
  await first.done;
  await settled();
  assert.deepEqual(log, ['first', 'third']);
  third.finish();
  await third.done;
  const failing = peer();
  failing.run = () => Promise.reject(gone);
  await assert.rejects(send(failing, 'never').done, gone);
  const last = send(peer(), 'last');
  last.finish();
  await last.done;
});

test('peers that have stopped reading hold up nobody, and count again when they read', async () => {
  const { state, log, send } = harness();
  state.busy = true;
  const [slow, other] = [peer(), peer()];
  const sent = [send(slow, 'slow'), send(other, 'first'), send(other, 'second')];
  await settled();
  mock.timers.tick(STALLED_MS - 1);
  sent[0].taken();
  mock.timers.tick(STALLED_MS - 1);
  await settled();
  assert.deepEqual(log, ['slow'], 'it gets on');
  mock.timers.tick(1);
  await settled();
  assert.deepEqual(log, ['slow', 'first']);
  sent[0].taken();
  sent[1].finish();
  await sent[1].done;
  await settled();
  assert.deepEqual(log, ['slow', 'first'], 'the slow one reads again');
  sent[0].finish();
  await sent[0].done;
  await settled();
  assert.deepEqual(log, ['slow', 'first', 'second']);
  sent[2].finish();
  await sent[2].done;
});

test('whoever was served longest ago comes first, not whoever asked first', async () => {
  const { state, log, send } = harness();
  state.busy = true;
  const [greedy, modest] = [peer(), peer()];
  const sent = [send(greedy, 'g1'), send(greedy, 'g2'), send(greedy, 'g3'), send(modest, 'm1')];
  for (const next of [0, 3, 1, 2]) {
    await settled();
    sent[next].finish();
    await sent[next].done;
  }
  assert.deepEqual(log, ['g1', 'm1', 'g2', 'g3']);
});
