import { BackendUnavailable, openBackend, type Backend, type BackendKind } from '../../training/backends/index.js';
import { BatchGradient } from '../../training/batch-gradient.js';
import { initialWeights } from '../../training/model/initialize.js';
import type { ModelConfig } from '../../training/model/layout.js';
import { createModel } from '../../training/model/model.js';

/** What is measured everywhere alike. */
const MODEL: ModelConfig = { architecture: 'gpt2', vocabSize: 256, contextLength: 128, layers: 4, heads: 4, width: 128 };
const SEQUENCES = 4;
/** Steps that are not counted: compilers and graphics drivers prepare themselves. */
const WARM_UP = 3;

/** One backend as found: what it is, or why it cannot be used. */
export type Probe =
  | { kind: BackendKind; works: true; name: string; device: string; precision: string; reproducible: boolean; memoryBytes?: number; tokensPerSecond?: number }
  | { kind: BackendKind; works: false; installed: boolean; reason: string; advice: string };

/** Opens a backend in this process, as `join` would by itself, and measures it for so many milliseconds. */
export async function probe(kind: BackendKind, threads: number, measure: number): Promise<Probe> {
  try {
    const backend = await openBackend({ backend: kind, threads, hardwareOnly: true });
    const { name, device, precision, reproducible, memoryLimit } = backend;
    const tokensPerSecond = measure > 0 ? await speed(backend, measure) : undefined;
    return { kind, works: true, name, device, precision, reproducible, ...(memoryLimit ? { memoryBytes: memoryLimit } : {}), ...(tokensPerSecond ? { tokensPerSecond } : {}) };
  } catch (error) {
    if (error instanceof BackendUnavailable) return { kind, works: false, installed: error.installed, reason: error.reason, advice: error.advice };
    throw error;
  }
}

/** Tokens per second, forward and backward, gradients read back; the median step. */
async function speed(backend: Backend, measure: number): Promise<number> {
  const model = createModel(backend, MODEL);
  const gradients = new BatchGradient(backend, model, Math.ceil(SEQUENCES / backend.threads), Infinity);
  const length = MODEL.contextLength;
  const parameters = initialWeights(new Uint8Array(32).fill(7), MODEL, model.layout);
  const sequences = Array.from({ length: SEQUENCES }, (_, s) => Int32Array.from({ length: length + 1 }, (_, i) => (s * 89 + i * i * 31) % MODEL.vocabSize));
  const times: number[] = [];
  const started = performance.now();
  for (let step = 0; step <= WARM_UP || performance.now() - started < measure; step++) {
    const before = performance.now();
    await gradients.compute(parameters, sequences);
    if (step >= WARM_UP) times.push(performance.now() - before);
  }
  await gradients.close();
  model.dispose();
  times.sort((a, b) => a - b);
  return Math.round((1000 * SEQUENCES * length) / times[times.length >> 1]);
}
