import type { Backend } from '../backends/index.js';
import type { Gpt2 } from './gpt2.js';

/** Below 1, likelier tokens are taken more often than the model says: fewer slips in a short sample. */
const TEMPERATURE = 0.8;

/** Sampling looks back this far at most; the cost of a token grows with it. */
const WINDOW = 64;

/**
 * Bytes that the model writes after `prompt`, drawn with a seeded generator. For people to look at: unlike everything
 * else in this folder it uses the engine's own `Math.exp`.
 */
export async function sample(backend: Backend, model: Gpt2, parameters: Float32Array, prompt: Uint8Array, count: number, seed: number, pause: () => Promise<void>): Promise<Uint8Array> {
  const { tf } = backend;
  const { vocabSize, contextLength } = model.config;
  const window = Math.min(WINDOW, contextLength);
  const random = generator(seed);
  const tokens = [...(prompt.length > 0 ? prompt : [10])];
  const start = tokens.length;
  const uploaded = model.upload(parameters);
  try {
    for (let i = 0; i < count; i++) {
      const recent = tokens.slice(-window);
      // Always a full window, padded behind what is known: one mask, one set of buffers for all lengths.
      const input = new Int32Array(window);
      input.set(recent);
      const row = tf.tidy(() => tf.slice(model.logits(uploaded, input, 1, window), [recent.length - 1, 0], [1, vocabSize]));
      const logits = (await row.data()) as Float32Array;
      row.dispose();
      tokens.push(draw(logits.subarray(0, 256), random()));
      await pause();
    }
  } finally {
    for (const tensor of uploaded) tensor.dispose();
  }
  return Uint8Array.from(tokens.slice(start));
}

function draw(logits: Float32Array, random: number): number {
  const peak = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = Float64Array.from(logits, (v) => Math.exp((v - peak) / TEMPERATURE));
  let left = random * weights.reduce((a, b) => a + b, 0);
  for (let token = 0; token < weights.length; token++) {
    left -= weights[token];
    if (left <= 0) return token;
  }
  return weights.length - 1;
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
