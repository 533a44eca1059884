import type { ModelConfig } from '../../client/src/training/model/layout.js';

export interface BenchModel {
  config: ModelConfig;
  /** Sequences per step, and at a time. */
  batch: number;
  microBatch: number;
}

const llama = (layers: number, heads: number, keyValueHeads: number, headSize: number, width: number, hiddenWidth: number): ModelConfig => ({
  architecture: 'llama', vocabSize: 32_000, contextLength: 1024, layers, heads, keyValueHeads, headSize, width, hiddenWidth,
  normEpsilon: '0.00001', ropeTheta: 10_000, tiedEmbeddings: true,
});

/** The small GPT-2 of the demo, and two Llamas for machines with a GPU: 110 M and 1.1 B parameters. */
export const MODELS: Record<string, BenchModel> = {
  'gpt2-0.8m': { config: { architecture: 'gpt2', vocabSize: 256, contextLength: 128, layers: 4, heads: 4, width: 128 }, batch: 8, microBatch: 8 },
  'llama-100m': { config: llama(12, 12, 12, 64, 768, 2048), batch: 8, microBatch: 8 },
  'llama-1b': { config: llama(22, 32, 4, 64, 2048, 5632), batch: 4, microBatch: 4 },
};
