import type { ChaosNetwork } from '../../tests/chaos/network.js';

const EVERY_MS = 1_000;

/** Ends a run that makes no steps any more, and remembers the longest time it made none. */
export class Watchdog {
  /** Seconds. */
  longest = 0;
  private step = -1;
  private since = performance.now();
  private readonly end: () => void;

  /** @param patience seconds without a step after which it barks */
  constructor(net: ChaosNetwork, patience: number) {
    const unsubscribe = net.coordinator.subscribe(({ step }) => {
      if (step === this.step) return;
      this.step = step;
      this.since = performance.now();
    });
    const timer = setInterval(() => {
      const standing = (performance.now() - this.since) / 1000;
      this.longest = Math.max(this.longest, standing);
      if (standing > patience) net.fail(new Error(`no step for ${patience} s, since step ${this.step}`));
    }, EVERY_MS);
    this.end = () => {
      clearInterval(timer);
      unsubscribe();
    };
  }

  stop(): void {
    this.end();
  }
}
