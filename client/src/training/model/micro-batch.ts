import type { Backend } from '../backends/index.js';
import { machineMemory } from '../backends/native.js';
import { TrainingError } from '../errors.js';
import { modelLayout, parameterCount, type ModelConfig } from './layout.js';
import { estimateMemory } from './memory.js';

export interface MemoryPlan {
  /** Sequences per forward and backward pass. */
  microBatch: number;
  /** Whether activations are computed anew in the backward pass, for want of room. */
  recompute: boolean;
  /** Bytes that this takes at most. */
  bytes: number;
}

/** Bytes a parameter that the least of engines keeps in main memory, where the tensors lie too: θ, gradient, residual, snapshot. */
const HOST_BYTES = 16;

/**
 * How to compute gradients within a backend's memory: the wanted micro-batch, else as many sequences as fit, else with
 * activations recomputed. Gradients of micro-batches add up, so parameters do not depend on it.
 * @param hostBytes what the engine keeps in main memory (`estimateRun`)
 * @throws TrainingError `MODEL_TOO_LARGE`, saying what would fit
 */
export function planMemory(backend: Pick<Backend, 'kind' | 'memoryLimit' | 'name'>, config: ModelConfig, wanted: number, hostBytes = HOST_BYTES * parameterCount(modelLayout(config))): MemoryPlan {
  const limit = room(backend, hostBytes);
  for (const recompute of [false, true]) {
    for (let microBatch = Math.max(1, Math.floor(wanted)); microBatch >= 1; microBatch = Math.floor(microBatch / 2)) {
      const bytes = estimateMemory(config, microBatch, recompute, backend.kind).total;
      if (bytes > limit) continue;
      checkHost(config, hostBytes);
      return { microBatch, recompute, bytes };
    }
  }
  throw tooLarge(backend, config, limit);
}

function room({ kind, memoryLimit = Infinity }: Pick<Backend, 'kind' | 'memoryLimit'>, hostBytes: number): number {
  const inMainMemory = kind === 'node' || kind === 'cpu';
  return inMainMemory ? memoryLimit - hostBytes : memoryLimit;
}

/** A device, or one of unknown size, may hold what main memory does not. */
function checkHost(config: ModelConfig, hostBytes: number): void {
  const memory = machineMemory();
  if (hostBytes <= memory) return;
  throw new TrainingError(
    'MODEL_TOO_LARGE',
    `Parameters, gradient and optimizer of ${count(parameterCount(modelLayout(config)))} parameters take ${gibibytes(hostBytes)} of main memory, and this machine has ${gibibytes(memory)}. ${advice('node')}`,
  );
}

function tooLarge(backend: Pick<Backend, 'kind' | 'memoryLimit' | 'name'>, config: ModelConfig, limit: number): TrainingError {
  const { kind, name, memoryLimit } = backend;
  const needed = (length: number): number => estimateMemory(config, 1, true, kind, length).total;
  const all = memoryLimit! - limit + needed(config.contextLength);
  const size = parameterCount(modelLayout(config));
  let context = config.contextLength;
  while (context > 1 && needed(context) > limit) context = Math.floor(context / 2);
  const problem =
    `One sequence of ${config.contextLength} tokens through ${count(size)} parameters takes ${gibibytes(all)}, even with activations recomputed, ` +
    `and ${name} has ${gibibytes(memoryLimit!)}.`;
  const fits =
    needed(context) <= limit
      ? `A context of ${context} would fit.`
      : `Parameters and gradients alone take ${gibibytes(memoryLimit! - limit + needed(1))}: about ${count(size * (memoryLimit! / (memoryLimit! - limit + needed(1))))} parameters would fit.`;
  return new TrainingError('MODEL_TOO_LARGE', `${problem} ${fits} ${advice(kind)}`);
}

function advice(kind: Backend['kind']): string {
  if (kind === 'wasm') return 'Install a native backend (npm run setup:native), which has the whole memory, or join a run with a smaller model.';
  return 'Join a run with a smaller model, or train on a machine with more memory.';
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toPrecision(3)} GiB`;
}

function count(parameters: number): string {
  const [divisor, unit] = parameters >= 1e9 ? [1e9, 'billion'] : [1e6, 'million'];
  return `${(parameters / divisor).toPrecision(3)} ${unit}`;
}
