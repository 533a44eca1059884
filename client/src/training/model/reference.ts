import type { ModelConfig, TensorSpec } from './layout.js';

/**
 * GPT-2's forward pass in plain double-precision loops, as slow and as readable as can be: what the fast one is
 * compared with. Mean loss in nats of sequences that carry their targets.
 */
export function referenceLoss(model: ModelConfig, layout: readonly TensorSpec[], parameters: Float32Array | Float64Array, sequences: readonly Int32Array[]): number {
  const at = (name: string): Float64Array => {
    const spec = layout.find((s) => s.name === name)!;
    return Float64Array.from(parameters.subarray(spec.offset, spec.offset + spec.size));
  };
  const { width, heads, vocabSize } = model;
  const wte = at('transformer.wte.weight');
  const wpe = at('transformer.wpe.weight');
  let total = 0;
  let count = 0;
  for (const sequence of sequences) {
    const length = sequence.length - 1;
    let x: Float64Array[] = Array.from({ length }, (_, t) => Float64Array.from({ length: width }, (_, c) => wte[sequence[t] * width + c] + wpe[t * width + c]));
    for (let layer = 0; layer < model.layers; layer++) {
      const h = `transformer.h.${layer}`;
      const linear = (row: Float64Array, name: string): Float64Array => product(row, at(`${h}.${name}.weight`), at(`${h}.${name}.bias`));
      const normal = (row: Float64Array, name: string): Float64Array => normalize(row, at(`${h}.${name}.weight`), at(`${h}.${name}.bias`));
      const qkv = x.map((row) => linear(normal(row, 'ln_1'), 'attn.c_attn'));
      x = x.map((row, t) => add(row, linear(attend(qkv, t, width, heads), 'attn.c_proj')));
      x = x.map((row) => add(row, linear(linear(normal(row, 'ln_2'), 'mlp.c_fc').map(gelu), 'mlp.c_proj')));
    }
    x.forEach((row, t) => {
      const last = normalize(row, at('transformer.ln_f.weight'), at('transformer.ln_f.bias'));
      const logits = Float64Array.from({ length: vocabSize }, (_, v) => last.reduce((sum, value, c) => sum + value * wte[v * width + c], 0));
      const peak = Math.max(...logits);
      total += Math.log(logits.reduce((sum, v) => sum + Math.exp(v - peak), 0)) + peak - logits[sequence[t + 1]];
      count++;
    });
  }
  return total / count;
}

function product(row: Float64Array, weight: Float64Array, bias: Float64Array): Float64Array {
  return bias.map((b, j) => row.reduce((sum, v, i) => sum + v * weight[i * bias.length + j], b));
}

function add(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((v, i) => v + b[i]);
}

function normalize(row: Float64Array, gain: Float64Array, bias: Float64Array): Float64Array {
  const mean = row.reduce((a, b) => a + b, 0) / row.length;
  const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
  return row.map((v, i) => ((v - mean) / Math.sqrt(variance + 1e-5)) * gain[i] + bias[i]);
}

function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

function attend(qkv: readonly Float64Array[], t: number, width: number, heads: number): Float64Array {
  const size = width / heads;
  const out = new Float64Array(width);
  for (let head = 0; head < heads; head++) {
    const from = head * size;
    const scores = Array.from({ length: t + 1 }, (_, s) => {
      let score = 0;
      for (let i = 0; i < size; i++) score += qkv[t][from + i] * qkv[s][width + from + i];
      return Math.exp(score / Math.sqrt(size));
    });
    const sum = scores.reduce((a, b) => a + b, 0);
    scores.forEach((score, s) => {
      for (let i = 0; i < size; i++) out[from + i] += (score / sum) * qkv[s][2 * width + from + i];
    });
  }
  return out;
}
