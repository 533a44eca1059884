import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Link } from './link.js';

/** Time that passes only when somebody waits. */
class Clock {
  now = 0;
  private timers: { at: number; work: () => void }[] = [];
  readonly later = (ms: number, work: () => void): NodeJS.Timeout => {
    this.timers.push({ at: this.now + ms, work });
    return {} as NodeJS.Timeout;
  };

  /** Lets time pass until nobody waits any more. */
  async run(): Promise<void> {
    for (let idle = 0; idle < 3; ) {
      await new Promise(setImmediate);
      const next = this.timers.sort((a, b) => a.at - b.at).shift();
      if (next === undefined) {
        idle++;
        continue;
      }
      idle = 0;
      this.now = Math.max(this.now, next.at);
      next.work();
    }
  }
}

const KB = 1000;

test('a line carries at its rate, whatever it is given at once', async () => {
  const clock = new Clock();
  const link = new Link(10e6, () => clock.now, clock.later);
  let across = NaN;
  void link.carry({}, new Uint8Array(1250 * KB)).then(() => (across = clock.now));
  await clock.run();
  assert.ok(Math.abs(across - 1000) < 5, `10 Mbit took ${across} ms at 10 Mbit/s`);
  assert.equal(link.carried, 1250 * KB);
});

test('connections share a line in turn: a small message does not wait for a large payload\'s end', async () => {
  const clock = new Clock();
  const link = new Link(10e6, () => clock.now, clock.later);
  const done: string[] = [];
  let small = NaN;
  void link.carry('payload', new Uint8Array(500 * KB)).then(() => done.push('payload'));
  void link.carry('message', new Uint8Array(KB)).then(() => (done.push('message'), (small = clock.now)));
  void link.carry('other', new Uint8Array(500 * KB)).then(() => done.push('other'));
  await clock.run();
  assert.deepEqual(done, ['message', 'payload', 'other']);
  assert.ok(small < 30, `the message was across after ${small} ms`);
});

test('a line that was idle has not saved time up', async () => {
  const clock = new Clock();
  const link = new Link(10e6, () => clock.now, clock.later);
  clock.now = 60_000;
  let across = NaN;
  void link.carry({}, new Uint8Array(125 * KB)).then(() => (across = clock.now));
  await clock.run();
  assert.ok(across >= 60_095, `100 ms of bytes were across after ${across - 60_000} ms`);
});
