import type { Backend } from '../backends/index.js';
import type { DeepseekV3Config, Gpt2Config, LlamaConfig } from '../manifest.js';
import { headsAtOnce } from './attention.js';
import { rowsAtOnce } from './head-loss.js';
import { modelLayout, parameterCount, type ModelConfig } from './layout.js';

/** What a forward and backward pass takes on the backend, in bytes: a bound that real use comes close to. */
export interface MemoryEstimate {
  /** Parameters as tensors. */
  parameters: number;
  /** Their gradients and, on WebAssembly, the copies its products pack them into: grows as the backward pass goes on. */
  gradients: number;
  /** What the backward pass needs of the forward pass: shrinks as it goes on. */
  activations: number;
  /** What lies there for a moment, at the worst one. */
  transient: number;
  /** The most at any time. */
  total: number;
}

/** Numbers, not bytes, that one family of models needs for a micro-batch. */
interface Family {
  /** Kept of each block for the backward pass. */
  block: number;
  /** At the worst moment of one block's backward pass, beside that. */
  transient: number;
  /** Of head and loss. */
  head: number;
}

type Kind = Backend['kind'];

/** What was freed of WebAssembly's heap has gaps. */
const HEAP_SLACK = 1.15;

/** Bytes for micro-batches of `batch` sequences of `length` tokens. */
export function estimateMemory(config: ModelConfig, batch: number, recompute: boolean, kind: Kind = 'wasm', length = config.contextLength): MemoryEstimate {
  const { layers, width, vocabSize } = config;
  const tokens = batch * length;
  const { block, transient, head } = familyOf(config, batch, length);
  const count = parameterCount(modelLayout(config));
  // Input, last normalisation and mask; and with recomputation of each block its input alone.
  const kept = 4 * tokens * width + batch * length * length + (recompute ? tokens * width : block) * layers;
  const inBlock = transient + (recompute ? block : 0);
  const gradients = (kind === 'wasm' ? 2 : 1) * count;
  // At the head nothing has been freed, at the first block all gradients are there; between, one makes way for the other.
  const atHead = kept + Math.max(head, 2 * vocabSize * width + inBlock);
  const atFirst = gradients + 4 * tokens * width + inBlock + block;
  const bytes = (numbers: number): number => Math.ceil(4 * (kind === 'wasm' ? HEAP_SLACK : 1) * numbers);
  return {
    parameters: bytes(count),
    gradients: bytes(gradients),
    activations: bytes(kept),
    transient: bytes(Math.max(inBlock, head)),
    total: bytes(count + Math.max(atHead, atFirst)),
  };
}

function familyOf(config: ModelConfig, batch: number, length: number): Family {
  switch (config.architecture) {
    case 'gpt2':
      return gpt2Memory(config, batch, length);
    case 'llama':
      return llamaMemory(config, batch, length);
    case 'deepseek_v3':
      return deepseekMemory(config, batch, length);
  }
}

function gpt2Memory({ width, heads, vocabSize }: Gpt2Config, batch: number, length: number): Family {
  const tokens = batch * length;
  const scores = heads * length;
  return {
    block: tokens * (27 * width + scores),
    transient: tokens * Math.max(30 * width, 12 * width + 6 * scores),
    // One-hot targets twice over, logits, and what the loss makes of them.
    head: tokens * (10 * vocabSize + 4 * width) + vocabSize * width,
  };
}

function llamaMemory(config: LlamaConfig, batch: number, length: number): Family {
  const { width, heads, keyValueHeads, headSize, hiddenWidth } = config;
  const queries = heads * headSize;
  const keys = keyValueHeads * headSize;
  const atOnce = headsAtOnce(batch, length, heads, [heads / keyValueHeads]);
  return decoderMemory(config, batch, length, atOnce, {
    kept: 4 * width + 2 * hiddenWidth + 2 * queries + 2 * keys + 2,
    attention: 6 * (queries + keys),
    scoreCopies: 6,
    reordered: 0,
  });
}

function deepseekMemory(config: DeepseekV3Config, batch: number, length: number): Family {
  const { width, heads, hiddenWidth, queryRank, keyValueRank, nopeHeadSize, ropeHeadSize, valueHeadSize } = config;
  const queries = heads * (nopeHeadSize + ropeHeadSize);
  const keys = heads * nopeHeadSize + ropeHeadSize;
  const values = heads * valueHeadSize;
  const reordered = queries * (queryRank ?? width) + (keyValueRank + ropeHeadSize) * width + (heads * (nopeHeadSize + valueHeadSize)) * keyValueRank;
  return decoderMemory(config, batch, length, headsAtOnce(batch, length, heads, [1, heads]), {
    kept: 4 * width + 2 * hiddenWidth + 2 * (queryRank ?? 0) + 2 * keyValueRank + queries + keys + 2 * values + 4,
    attention: 4 * (queries + keys + values),
    scoreCopies: 7,
    reordered,
  });
}

interface DecoderMemory {
  /** Kept of a block, per token, probabilities apart. */
  kept: number;
  /** Of attention's backward pass, per token, scores apart. */
  attention: number;
  /** Matrices of scores that exist at a time. */
  scoreCopies: number;
  /** Numbers of a block's weights that are kept in another order of rows. */
  reordered: number;
}

function decoderMemory(config: LlamaConfig | DeepseekV3Config, batch: number, length: number, atOnce: number, own: DecoderMemory): Family {
  const { width, heads, hiddenWidth, vocabSize } = config;
  const tokens = batch * length;
  const probabilities = atOnce === batch * heads ? heads * length : 0;
  const attention = tokens * own.attention + own.scoreCopies * atOnce * length * length + 3 * own.reordered;
  const logits = rowsAtOnce(tokens, vocabSize) * vocabSize;
  return {
    // The reordered weights twice: WebAssembly packs them.
    block: tokens * (own.kept + probabilities) + 2 * own.reordered,
    transient: Math.max(attention, tokens * (10 * hiddenWidth + 4 * width)),
    head: 4 * logits + 3 * vocabSize * width + 4 * tokens * width,
  };
}
