/** Wall and CPU seconds of this process, summed up by part of the work. */
export class Stopwatch<Part extends string> {
  private readonly wallSeconds = new Map<Part, number>();
  private readonly cpuSeconds = new Map<Part, number>();

  constructor(private readonly parts: readonly Part[]) {}

  /** Does the work and counts its time. */
  run<T>(part: Part, work: () => T): T {
    const stop = this.start(part);
    try {
      return work();
    } finally {
      stop();
    }
  }

  /** The same for work that waits; nothing else may run meanwhile, or its time is counted too. */
  async wait<T>(part: Part, work: () => Promise<T>): Promise<T> {
    const stop = this.start(part);
    try {
      return await work();
    } finally {
      stop();
    }
  }

  /** Seconds of these parts together. */
  total(parts: readonly Part[]): { wall: number; cpu: number } {
    const sum = (of: Map<Part, number>): number => parts.reduce((all, part) => all + (of.get(part) ?? 0), 0);
    return { wall: sum(this.wallSeconds), cpu: sum(this.cpuSeconds) };
  }

  /** CPU seconds of each part. */
  cpu(): Record<Part, number> {
    return Object.fromEntries(this.parts.map((part) => [part, this.cpuSeconds.get(part) ?? 0])) as Record<Part, number>;
  }

  private start(part: Part): () => void {
    const wall = performance.now();
    const cpu = process.cpuUsage();
    return () => {
      const { user, system } = process.cpuUsage(cpu);
      this.wallSeconds.set(part, (this.wallSeconds.get(part) ?? 0) + (performance.now() - wall) / 1000);
      this.cpuSeconds.set(part, (this.cpuSeconds.get(part) ?? 0) + (user + system) / 1e6);
    };
  }
}
