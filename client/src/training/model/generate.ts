import type { Backend, Tensor } from '../backends/index.js';
import { TrainingError } from '../errors.js';
import type { Model } from './model.js';

export interface SampleOptions {
  seed: number;
  /** Below 1, likelier tokens are taken more often than the model says; 0: always the likeliest. Default 0.8. */
  temperature?: number;
  /** Only this many likeliest tokens are considered. Default: all. */
  topK?: number;
  /** Only token ids below this are considered. Default: the whole vocabulary. */
  below?: number;
  /** The model sees at most this many tokens before the next one; the cost of a token grows with it. Default: its context. */
  window?: number;
  /** Sampling ends before this token. */
  stop?: number;
  /** Hears each token as it is drawn. */
  onToken?: (token: number) => void;
}

/** Inputs are padded to one of few lengths, so that masks and buffers are made once each. */
const SHORTEST = 16;

/**
 * Tokens that the model writes after `prompt`, drawn with a seeded generator. For people to look at: unlike everything
 * else in this folder it uses the engine's own `Math.exp`. `pause` is awaited after each token and may throw to stop.
 * @throws TrainingError `TOKEN_OUT_OF_RANGE`, `PROMPT_EMPTY`, `WASM_HEAP_FULL`, `MEMORY_FULL`
 */
export async function sampleTokens(
  backend: Backend, model: Model, parameters: Float32Array, prompt: Int32Array, count: number,
  options: SampleOptions, pause: () => Promise<void>,
): Promise<Int32Array> {
  if (prompt.length === 0) throw new TrainingError('PROMPT_EMPTY', 'There is no token to go on from. Give a prompt.');
  const window = Math.min(options.window ?? Infinity, model.config.contextLength);
  const random = generator(options.seed);
  const tokens = [...prompt];
  const uploaded = model.upload(parameters);
  try {
    for (let i = 0; i < count; i++) {
      const logits = await nextLogits(model, uploaded, tokens.slice(-window), options.window === undefined ? undefined : window);
      const token = draw(logits.subarray(0, options.below), random(), options.temperature ?? 0.8, options.topK);
      if (token === options.stop) break;
      tokens.push(token);
      options.onToken?.(token);
      backend.checkMemory();
      await pause();
    }
  } finally {
    for (const tensor of uploaded) tensor.dispose();
  }
  return Int32Array.from(tokens.slice(prompt.length));
}

/** Logits of the token after `recent`, padded behind what is known to `padded` tokens or a power of two. */
async function nextLogits(model: Model, uploaded: readonly Tensor[], recent: readonly number[], padded?: number): Promise<Float32Array> {
  let length = padded ?? SHORTEST;
  while (length < recent.length) length *= 2;
  length = Math.min(length, model.config.contextLength);
  const input = new Int32Array(length);
  input.set(recent);
  const row = model.logits(uploaded, input, 1, length, Int32Array.of(recent.length - 1));
  try {
    return (await row.data()) as Float32Array;
  } finally {
    row.dispose();
  }
}

function draw(logits: Float32Array, random: number, temperature: number, topK?: number): number {
  const peak = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  if (temperature === 0) return logits.indexOf(peak);
  const least = topK !== undefined && topK < logits.length ? Float32Array.from(logits).sort()[logits.length - topK] : -Infinity;
  const weights = Float64Array.from(logits, (v) => (v < least ? 0 : Math.exp((v - peak) / temperature)));
  let left = random * weights.reduce((a, b) => a + b, 0);
  for (let token = 0; token < weights.length; token++) {
    left -= weights[token];
    if (left <= 0 && weights[token] > 0) return token;
  }
  return logits.indexOf(peak);
}

/** Mulberry32: enough for a sample of text, and the same one for the same seed. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
