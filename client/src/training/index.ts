/**
 * The training engine: a run's model, its optimizer and its data, as values in and values out.
 *
 * ```ts
 * const engine = await TrainingEngine.create(manifest);
 * await engine.initialParameters();
 * const { loss } = await engine.train(share.map((i) => data.sequence(i)));
 * const { payload } = await engine.makePayload({ runHash, epoch, round, index });
 * engine.apply([payload], step);
 * ```
 * @packageDocumentation
 */
export type { BackendChoice } from './backends/index.js';
export { readCheckpoint, type CheckpointNote } from './checkpoint/hugging-face.js';
export type { TrainingData } from './data/index.js';
export type { Tokenizer } from './tokenizer/index.js';
export { TrainingEngine, type BatchResult, type EngineOptions, type PayloadResult } from './engine.js';
export { Evaluator, type Figure, readTask, type Task } from './evaluation/index.js';
export { CheckpointError, DataError, ManifestError, PayloadError, TrainingError, type PayloadErrorCode } from './errors.js';
export { encodeManifest, MANIFEST_MAX, parseManifest, type RunManifest } from './manifest.js';
export { modelLayout } from './model/layout.js';
export type { PayloadContext } from './optimizer/payload.js';
export { learningRate } from './optimizer/schedule.js';
