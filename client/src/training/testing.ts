import type { DistroConfig, Gpt2Config, RunManifest, TextManifest } from './manifest.js';

/** Numbers in [−1, 1) for tests, the same ones for the same seed. */
export function numbers(seed: number): () => number {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 2 - 1;
  };
}

/** A manifest whose parts are of known kinds. */
export interface SmallManifest extends RunManifest {
  model: Gpt2Config;
  data: TextManifest;
  optimizer: DistroConfig;
}

/** A model of a few thousand parameters whose test takes milliseconds. */
export function smallManifest(change: Partial<SmallManifest> = {}): SmallManifest {
  return {
    version: 1,
    model: { architecture: 'gpt2', vocabSize: 256, contextLength: 16, layers: 2, heads: 2, width: 16 },
    initialization: { kind: 'seeded', seed: '11'.repeat(32) },
    data: { kind: 'text', name: 'test.txt', sha256: '22'.repeat(32), bytes: 2000, heldOutPermille: 100 },
    tokenizer: { kind: 'bytes' },
    optimizer: { kind: 'distro', compressionDecay: '0.9', compressionTopk: 8, compressionChunk: 16, weightDecay: '0.1', quantize1Bit: true },
    schedule: { kind: 'constant', baseLearningRate: '0.004', warmupSteps: 2, totalSteps: 40, finalLearningRate: '0' },
    hashInterval: 4,
    ...change,
  };
}
