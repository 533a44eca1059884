import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ModelPacing } from './model-pacing.js';
import type { RangeShare } from './range-transfer.js';

const RANGE = 1024 * 1024;
const settled = (): Promise<void> => new Promise(setImmediate);

/** A peer that nothing else limits. */
function peer(): RangeShare {
  return { request: async () => {}, mayHave: () => true, run: (_, __, work) => work() };
}

function harness() {
  const state = { busy: false };
  const pacing = new ModelPacing(() => state.busy);
  const log: string[] = [];
  /** A range to a peer that takes as long as the test wants. */
  const send = (share: RangeShare, name: string, signal = new AbortController().signal) => {
    let finish!: () => void;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const done = pacing.paced(share).run(RANGE, signal, async () => {
      log.push(name);
      await gate;
    });
    return { done, finish };
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
