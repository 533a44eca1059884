/**
 * Checkpoints: a Hugging Face folder with a descriptor of its hashes, kept in a folder, on an HTTP server or on the Hub.
 *
 * ```ts
 * const descriptor = await sealCheckpoint(folder, { root, epoch, step, run }, signal);
 * const location = await publishCheckpoint(openStore('hf://owner/name'), folder, { signal });
 * await pullCheckpoint(openStore(location), 'elsewhere', { signal, check: checkRoot });
 * ```
 * @packageDocumentation
 */
export { type CheckpointDescriptor, type CheckpointFile, type CheckpointOrigin, DESCRIPTOR_NAME, totalBytes } from './descriptor.js';
export { readDescriptor } from './files.js';
export { GuardedSource } from './guarded-source.js';
export { fetchCheckpoint, fetchInitial, type FetchOptions } from './fetch.js';
export { type CheckpointLocation, formatLocation, parseLocation } from './location.js';
export { type ModelFolder, openModelFolder, OPTIMIZER_NAME, originOf } from './model-folder.js';
export { checkStoreLocation, epochLocation, openStore, publishCheckpoint, sealCheckpoint, type StoreOptions } from './publish.js';
export { pullCheckpoint, type PullOptions } from './pull.js';
export { pullModel } from './pull-model.js';
export { type CheckpointSource, type CheckpointStore, fetchDescriptor, type TransferOptions, type TransferProgress } from './store.js';
export { checkRoot, verifyCheckpoint } from './verify.js';
