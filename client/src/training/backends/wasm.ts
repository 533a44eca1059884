import { BackendUnavailable, type Backend } from './backend.js';
import { processorName } from './native.js';
import { loadTensorflow, loadWasmPackage } from './tensorflow.js';
import { checkHeap, WASM_HEAP_LIMIT, type WasmBackend } from './wasm-heap.js';
import { correctWasmKernels } from './wasm-kernels.js';

/** The module starts once per process, also where several ask for it at the same time. */
let starting: Promise<Backend> | undefined;

/** The reproducible backend. @throws BackendUnavailable where the packages are damaged */
export async function openWasm(threads: number): Promise<Backend> {
  starting ??= startModule().catch((error: unknown) => {
    starting = undefined;
    throw error;
  });
  const backend = await starting;
  await backend.tf.setBackend('wasm');
  return { ...backend, threads, name: backend.name.replace(')', `, ${threads} thread${threads === 1 ? '' : 's'})`) };
}

async function startModule(): Promise<Backend> {
  const tf = loadTensorflow();
  const { folder, wasm } = loadWasmPackage();
  wasm.setWasmPaths(folder);
  correctWasmKernels(tf);
  const restoreListeners = keepListeners();
  const damaged = (cause?: unknown): BackendUnavailable => new BackendUnavailable('wasm', `the module in ${folder} did not start`, 'Reinstall the packages with npm ci.', true, cause);
  try {
    if (!(await tf.setBackend('wasm'))) throw damaged();
  } catch (error) {
    throw error instanceof BackendUnavailable ? error : damaged(error);
  } finally {
    restoreListeners();
  }
  await tf.ready();
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true;
  const backend = tf.backend() as unknown as WasmBackend;
  return {
    kind: 'wasm', name: simd ? 'wasm (SIMD)' : 'wasm (no SIMD)', device: processorName(), precision: 'float32', reproducible: true, threads: 1, tf, memoryLimit: WASM_HEAP_LIMIT, checkMemory: () => checkHeap(backend),
  };
}

/**
 * Emscripten's start-up code installs process-wide handlers that rethrow every stray error, over the head of the
 * program's own. Answers a function that removes what was added.
 */
function keepListeners(): () => void {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.listeners(event as 'uncaughtException'));
  return () =>
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException')) if (!before[i].includes(listener)) process.removeListener(event, listener);
    });
}
