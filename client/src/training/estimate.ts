import type { RunManifest } from './manifest.js';
import { modelLayout, parameterCount, type TensorSpec } from './model/layout.js';
import { largestDivisor } from './optimizer/chunks.js';

/** What a run asks of each member, computed from its manifest alone: nothing is allocated, whatever the model's size. */
export interface RunEstimate {
  parameters: number;
  /** Bytes of main memory for parameters, gradient, optimizer and copies of what members agree on. */
  memoryBytes: number;
  /** Bytes of what members agree on and hand to each other: parameters, and with AdamW its moments. */
  stateBytes: number;
  /** Bytes that the device holds besides activations: the parameters and their gradients, float32. */
  deviceBytes: number;
  /** Bytes of one payload where nothing is known of its contents: the entropy of what it says. */
  payloadBytes: number;
  /** A plain float32 gradient, for comparison. */
  gradientBytes: number;
  /** Floating-point operations per trained token, 6 per parameter (arXiv 2001.08361, without attention's share). */
  flopsPerToken: number;
}

const HEADER_BYTES = 64;

/**
 * float32 arrays of the model's size that each optimizer keeps: the residual; residual, m, v, the mean, and two copies of θ for
 * the local steps; m, v and the mean.
 */
const OPTIMIZER_ARRAYS = { distro: 1, sparseloco: 6, adamw: 3 } as const;
/** And how many make the state that members share. */
const STATE_ARRAYS = { distro: 1, sparseloco: 1, adamw: 3 } as const;
/** Copies of the state: as the epoch started, as it ended, and what is being hashed. */
const STATE_COPIES = 3;

export function estimateRun(manifest: RunManifest): RunEstimate {
  const layout = modelLayout(manifest.model);
  const parameters = parameterCount(layout);
  const { kind } = manifest.optimizer;
  const choices = new Map<string, number>();
  return {
    parameters,
    memoryBytes: 4 * parameters * (2 + OPTIMIZER_ARRAYS[kind] + STATE_COPIES * STATE_ARRAYS[kind]),
    stateBytes: 4 * parameters * STATE_ARRAYS[kind],
    deviceBytes: 8 * parameters,
    payloadBytes: HEADER_BYTES + Math.ceil(layout.reduce((sum, spec) => sum + payloadBits(spec, manifest.optimizer, choices), 0) / 8),
    gradientBytes: 4 * parameters,
    flopsPerToken: 6 * parameters,
  };
}

/** Entropy of a tensor's part of a payload, in bits. @param choices what was computed for chunks of other tensors: most are alike */
function payloadBits(spec: TensorSpec, optimizer: RunManifest['optimizer'], choices: Map<string, number>): number {
  if (optimizer.kind === 'adamw') return 16 * spec.size;
  const [rows, columns] = spec.shape.length === 1 ? [1, spec.shape[0]] : spec.shape;
  const area = largestDivisor(rows, optimizer.compressionChunk) * largestDivisor(columns, optimizer.compressionChunk);
  const k = Math.min(optimizer.compressionTopk, area);
  const valueBits = optimizer.kind === 'sparseloco' ? 2 : optimizer.quantize1Bit ? 1 : 16;
  const scaleBits = valueBits === 1 ? 0 : 8;
  const positions = choices.get(`${area} ${k}`) ?? log2Choose(area, k);
  choices.set(`${area} ${k}`, positions);
  return (spec.size / area) * (positions + k * valueBits + scaleBits);
}

/** log2 of the number of ways to choose k of n. */
export function log2Choose(n: number, k: number): number {
  let bits = 0;
  for (let i = 1; i <= Math.min(k, n - k); i++) bits += Math.log2((n - i + 1) / i);
  return bits;
}
