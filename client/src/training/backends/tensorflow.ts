import { createRequire } from 'node:module';
import type * as Tensorflow from '@tensorflow/tfjs';

/** TensorFlow.js as one value, so that wasm and the native bindings can be handed around alike. */
export type Tf = typeof Tensorflow;
export type Tensor = Tensorflow.Tensor;

const require = createRequire(import.meta.url);

/**
 * Loads TensorFlow.js by `require`: its CommonJS build is the one that registers all gradients, and both tsx and plain
 * Node resolve it alike. Takes about 0.15 s, so it is not loaded before it is needed.
 */
export function loadTensorflow(): Tf {
  return require('@tensorflow/tfjs') as Tf;
}

/** Loads an optional package (tfjs-node, tfjs-node-gpu) or answers why it cannot be used. */
export function loadOptional(name: string): { tf?: Tf; reason?: string; installed: boolean } {
  try {
    require.resolve(name);
  } catch {
    return { reason: 'not installed', installed: false };
  }
  try {
    // Gone from Node 23 on; tfjs-node still asks for it with every kernel.
    (require('node:util') as { isNullOrUndefined?: (value: unknown) => boolean }).isNullOrUndefined ??= (value) => value == null;
    return { tf: require(name) as Tf, installed: true };
  } catch (error) {
    return { reason: (error instanceof Error ? error.message : String(error)).split('\n')[0], installed: true };
  }
}

/** The folder of the `.wasm` files and its package, wherever npm put them. */
export function loadWasmPackage(): { folder: string; wasm: { setWasmPaths(prefix: string): void } } {
  const entry = require.resolve('@tensorflow/tfjs-backend-wasm');
  return { folder: entry.slice(0, entry.lastIndexOf('dist') + 'dist'.length) + '/', wasm: require('@tensorflow/tfjs-backend-wasm') };
}
