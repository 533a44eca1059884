import { TrainingError } from '../errors.js';
import type { Tf } from './tensorflow.js';

/** wasm: WebAssembly; node: tfjs-node; gpu: tfjs-node-gpu (CUDA); webgpu: WebGPU by Dawn; cpu: plain JavaScript. */
export type BackendKind = 'wasm' | 'node' | 'gpu' | 'webgpu' | 'cpu';
export type Precision = 'float32' | 'bfloat16';
export type BackendChoice = 'auto' | BackendKind;

export interface Backend {
  readonly kind: BackendKind;
  /** What computes gradients, for people: `wasm (SIMD, 1 thread)`, `tfjs-node (TensorFlow 2.18.1)`, … */
  readonly name: string;
  /** The processor or graphics card that does the work, as it calls itself. */
  readonly device: string;
  /** What products and sums are computed in: `float32`, or what it is instead. Parameters are float32 everywhere. */
  readonly precision: string;
  /** Whether the same inputs give the same gradients, to the bit, on every machine of this kind. */
  readonly reproducible: boolean;
  /** On how many threads gradients are to be computed, each with this backend for itself; those that share work by themselves say 1. */
  readonly threads: number;
  readonly tf: Tf;
  /** Bytes that tensors may take together; absent where nobody says. */
  readonly memoryLimit?: number;
  /** @throws TrainingError `WASM_HEAP_FULL` or `MEMORY_FULL` while there is still room to fail cleanly */
  checkMemory(): void;
}

export interface BackendOptions {
  /** Default `auto`, for which the environment's PSYCHE_BACKEND may stand in. */
  backend?: BackendChoice;
  /** Threads that compute gradients with the wasm backend; native bindings choose their own. Default 1. */
  threads?: number;
  /** Refuse a software adapter, as `auto` does, although its backend is named. */
  hardwareOnly?: boolean;
  /** What matrix products are computed in, default `float32`; `bfloat16` on tfjs-node and tfjs-node-gpu alone. */
  precision?: Precision;
  log?: (line: string) => void;
}

/** Best first: what `auto` tries. Plain JavaScript is for comparison only, and never chosen. */
export const BEST_FIRST = ['gpu', 'webgpu', 'node', 'wasm'] as const satisfies readonly BackendKind[];

/** Why a backend cannot be used on this machine, and what makes it usable. */
export class BackendUnavailable extends TrainingError {
  constructor(readonly kind: BackendKind, readonly reason: string, readonly advice: string, readonly installed: boolean, cause?: unknown) {
    super('BACKEND_UNAVAILABLE', `The backend ${kind} cannot be used here: ${reason}. ${advice}`, { cause });
  }
}

export const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0];

/** @throws TrainingError `MEMORY_FULL` once tensors take more than there is */
export function checkTensors(tf: Tf, limit: number): void {
  const { numBytes } = tf.memory();
  if (numBytes > limit) {
    const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
    throw new TrainingError('MEMORY_FULL', `Tensors take ${gib(numBytes)} GiB of at most ${gib(limit)}. Train with a smaller micro-batch, or join a run with a smaller model.`);
  }
}
