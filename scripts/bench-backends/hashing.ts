import { HashWorker } from '../../client/src/training/hashing/index.js';

export interface HashingFigure {
  parameters: number;
  /** Milliseconds for which the calling thread does nothing else. */
  blocked: number;
  /** Milliseconds until the root is there. */
  root: number;
}

/** The root over a state of so many parameters on the hashing threads, the state in ordinary memory: medians of 9. */
export async function hashing(): Promise<HashingFigure[]> {
  const worker = new HashWorker();
  const figures: HashingFigure[] = [];
  for (const parameters of [842_496, 25_000_000]) {
    const bytes = new Uint8Array(4 * parameters).fill(7);
    await worker.root(bytes);
    const [blocked, root]: number[][] = [[], []];
    for (let i = 0; i < 9; i++) {
      const started = performance.now();
      const promise = worker.root(bytes);
      blocked.push(performance.now() - started);
      await promise;
      root.push(performance.now() - started);
    }
    const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1];
    figures.push({ parameters, blocked: median(blocked), root: median(root) });
  }
  await worker.close();
  return figures;
}
