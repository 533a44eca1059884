import { TrainingError } from '../errors.js';
import type { ModelConfig } from './layout.js';

/** What activations may take; the rest of a 4 GiB heap is left for parameters, gradients and fragmentation. */
const ACTIVATION_BYTES = 1.5 * 2 ** 30;

/** Bytes that forward and backward keep for one sequence: measured about 40 widths and 4 score matrices per layer. */
export function activationBytes(model: ModelConfig): number {
  const perToken = model.layers * (40 * model.width + 4 * model.heads * model.contextLength) + 4 * model.vocabSize;
  return 4 * model.contextLength * perToken;
}

/**
 * The wanted micro-batch, or as many sequences as fit.
 * @throws TrainingError `MODEL_TOO_LARGE` where not even one does
 */
export function largestMicroBatch(model: ModelConfig, wanted: number, parameters: number): number {
  const fits = Math.floor(ACTIVATION_BYTES / activationBytes(model));
  // Parameters, their gradients and scratch copies of the largest lie on the heap three times over.
  if (fits < 1 || 12 * parameters > 1.5 * 2 ** 30) {
    throw new TrainingError('MODEL_TOO_LARGE', `A model of ${parameters} parameters and context ${model.contextLength} does not fit a WebAssembly heap. Join a run with a smaller model.`);
  }
  return Math.max(1, Math.min(Math.floor(wanted), fits));
}
