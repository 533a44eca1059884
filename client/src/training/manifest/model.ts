import { parseDecimal, UNIT } from '../exact/fixed-point.js';
import type { Fields } from './fields.js';

/** GPT-2: learned positions, LayerNorm, GELU, tied head. */
export interface Gpt2Config {
  architecture: 'gpt2';
  vocabSize: number;
  /** Tokens per sequence. */
  contextLength: number;
  layers: number;
  heads: number;
  width: number;
}

/** The Llama family: RMSNorm, rotary positions, SwiGLU, grouped-query attention (arXiv 2307.09288, 2407.21783). */
export interface LlamaConfig {
  architecture: 'llama';
  vocabSize: number;
  contextLength: number;
  layers: number;
  /** Query heads. */
  heads: number;
  /** Heads of keys and values; a divisor of `heads`. */
  keyValueHeads: number;
  /** Numbers per head; even. */
  headSize: number;
  width: number;
  /** Width between the two products of the feed-forward block. */
  hiddenWidth: number;
  /** Decimal string, as `"0.00001"`. */
  normEpsilon: string;
  ropeTheta: number;
  ropeScaling?: RopeScaling;
  tiedEmbeddings: boolean;
}

/** DeepSeek-V3 with dense layers: multi-head latent attention (arXiv 2405.04434, 2412.19437). */
export interface DeepseekV3Config {
  architecture: 'deepseek_v3';
  vocabSize: number;
  contextLength: number;
  layers: number;
  heads: number;
  width: number;
  hiddenWidth: number;
  /** Rank of the compressed queries; absent: queries are not compressed. */
  queryRank?: number;
  /** Rank of the compressed keys and values. */
  keyValueRank: number;
  /** Numbers per head of queries and keys without positions. */
  nopeHeadSize: number;
  /** Numbers per head with rotary positions, shared by all heads of keys; even. */
  ropeHeadSize: number;
  /** Numbers per head of values. */
  valueHeadSize: number;
  normEpsilon: string;
  ropeTheta: number;
  ropeScaling?: RopeScaling;
  tiedEmbeddings: boolean;
}

export type ModelConfig = Gpt2Config | LlamaConfig | DeepseekV3Config;

/** How rotary positions are stretched to a longer context than the model was first trained on; factors are decimal strings. */
export type RopeScaling =
  | { kind: 'linear'; factor: string }
  | { kind: 'llama3'; factor: string; lowFrequencyFactor: string; highFrequencyFactor: string; originalContextLength: number }
  /** YaRN, arXiv 2309.00071. */
  | { kind: 'yarn'; factor: string; originalContextLength: number; betaFast?: string; betaSlow?: string; mscale?: string; mscaleAllDim?: string };

export const ARCHITECTURES = ['gpt2', 'llama', 'deepseek_v3'] as const;

const COMMON = ['architecture', 'vocabSize', 'contextLength', 'layers', 'heads', 'width'];
const ROTARY = ['hiddenWidth', 'normEpsilon', 'ropeTheta', 'ropeScaling', 'tiedEmbeddings'];
const KNOWN: Record<ModelConfig['architecture'], readonly string[]> = {
  gpt2: COMMON,
  llama: [...COMMON, ...ROTARY, 'keyValueHeads', 'headSize'],
  deepseek_v3: [...COMMON, ...ROTARY, 'queryRank', 'keyValueRank', 'nopeHeadSize', 'ropeHeadSize', 'valueHeadSize'],
};

const WIDEST = 1 << 18;
const MOST_CONTEXT = 1 << 20;

/** @throws ManifestError naming the field */
export function checkModel(top: Fields): ModelConfig {
  const architecture = top.object('model').choice('architecture', ARCHITECTURES);
  const m = top.object('model', KNOWN[architecture]);
  const common = {
    vocabSize: m.integer('vocabSize', 1, 1 << 20),
    contextLength: m.integer('contextLength', 1, MOST_CONTEXT),
    layers: m.integer('layers', 1, 512),
    heads: m.integer('heads', 1, 1024),
    width: m.integer('width', 1, WIDEST),
  };
  if (architecture === 'gpt2') {
    if (common.width % common.heads !== 0) throw m.error('width', 'is not a multiple of model.heads');
    return { architecture, ...common };
  }
  const rotary = {
    hiddenWidth: m.integer('hiddenWidth', 1, WIDEST),
    normEpsilon: m.decimal('normEpsilon', 1n, UNIT),
    ropeTheta: m.integer('ropeTheta', 2, 2 ** 40),
    ...(m.has('ropeScaling') ? { ropeScaling: checkScaling(m) } : {}),
    tiedEmbeddings: m.boolean('tiedEmbeddings'),
  };
  if (architecture === 'llama') {
    // `transformers` loads no other; the heads' size is free.
    if (common.width % common.heads !== 0) throw m.error('width', 'is not a multiple of model.heads');
    const attention = { keyValueHeads: m.integer('keyValueHeads', 1, 1024), headSize: m.integer('headSize', 2, 4096) };
    if (common.heads % attention.keyValueHeads !== 0) throw m.error('keyValueHeads', 'is not a divisor of model.heads');
    if (attention.headSize % 2 !== 0) throw m.error('headSize', 'is odd; rotary positions turn pairs of numbers');
    return { architecture, ...common, ...attention, ...rotary };
  }
  const latent = {
    ...(m.has('queryRank') ? { queryRank: m.integer('queryRank', 1, WIDEST) } : {}),
    keyValueRank: m.integer('keyValueRank', 1, WIDEST),
    nopeHeadSize: m.integer('nopeHeadSize', 1, 4096),
    ropeHeadSize: m.integer('ropeHeadSize', 2, 4096),
    valueHeadSize: m.integer('valueHeadSize', 1, 4096),
  };
  if (latent.ropeHeadSize % 2 !== 0) throw m.error('ropeHeadSize', 'is odd; rotary positions turn pairs of numbers');
  return { architecture, ...common, ...latent, ...rotary };
}

function checkScaling(model: Fields): RopeScaling {
  const kind = model.object('ropeScaling').choice('kind', ['linear', 'llama3', 'yarn']);
  // Positions are stretched, never pressed together: angles beyond those of the longest context would be no numbers any more.
  const factor = (f: Fields): string => f.decimal('factor', UNIT, UNIT << 14n);
  const original = (f: Fields): number => f.integer('originalContextLength', 1, MOST_CONTEXT);
  if (kind === 'linear') return { kind, factor: factor(model.object('ropeScaling', ['kind', 'factor'])) };
  if (kind === 'llama3') {
    const f = model.object('ropeScaling', ['kind', 'factor', 'lowFrequencyFactor', 'highFrequencyFactor', 'originalContextLength']);
    const [lowFrequencyFactor, highFrequencyFactor] = ['lowFrequencyFactor', 'highFrequencyFactor'].map((key) => f.decimal(key, 1n, UNIT << 14n));
    // Between the two, frequencies are blended by their distance.
    if (parseDecimal(lowFrequencyFactor)! >= parseDecimal(highFrequencyFactor)!) throw f.error('highFrequencyFactor', 'is not above model.ropeScaling.lowFrequencyFactor');
    return { kind, factor: factor(f), lowFrequencyFactor, highFrequencyFactor, originalContextLength: original(f) };
  }
  const f = model.object('ropeScaling', ['kind', 'factor', 'originalContextLength', 'betaFast', 'betaSlow', 'mscale', 'mscaleAllDim']);
  const scaling: RopeScaling = { kind, factor: factor(f), originalContextLength: original(f) };
  for (const key of ['betaFast', 'betaSlow', 'mscale', 'mscaleAllDim'] as const) if (f.has(key)) scaling[key] = f.decimal(key, 0n, UNIT << 14n);
  return scaling;
}
