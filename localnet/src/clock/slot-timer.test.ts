import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SlotTimer } from './slot-timer.js';

describe('SlotTimer', () => {
  it('does not drift: what a busy process missed is made up for', async () => {
    let slots = 0;
    const started = performance.now();
    let timer: SlotTimer;
    await new Promise<void>((resolve) => {
      timer = new SlotTimer(10, (passed) => {
        slots += passed;
        if (slots === 5) for (const until = performance.now() + 45; performance.now() < until;);
        if (slots >= 20) resolve();
      });
      timer.start();
    });
    timer!.stop();
    const passed = performance.now() - started;
    assert.ok(Math.abs(passed / 10 - slots) < 2.5, `${slots} slots in ${passed} ms`);
  });

  it('stands still, instead of racing, after a long time without a turn', async () => {
    const ticks: number[] = [];
    await new Promise<void>((resolve) => {
      const timer = new SlotTimer(1, (passed) => {
        ticks.push(passed);
        if (ticks.length === 2) {
          timer.stop();
          resolve();
        }
        for (const until = performance.now() + 90; performance.now() < until;);
      });
      timer.start();
    });
    assert.equal(ticks[1], 1);
  });

  it('can be stopped by its own tick', async () => {
    let ticks = 0;
    await new Promise<void>((resolve) => {
      const timer = new SlotTimer(1, () => {
        ticks += 1;
        timer.stop();
        setTimeout(resolve, 10);
      });
      timer.start();
    });
    assert.equal(ticks, 1);
  });
});
