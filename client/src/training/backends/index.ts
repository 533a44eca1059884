import { TrainingError } from '../errors.js';
import { loadOptional, loadTensorflow, loadWasmPackage, type Tf } from './tensorflow.js';
import { checkHeap, type WasmBackend } from './wasm-heap.js';
import { correctWasmKernels } from './wasm-kernels.js';
import { allowThreads } from './wasm-threads.js';

export type { Tensor, Tf } from './tensorflow.js';

export type BackendChoice = 'auto' | 'wasm' | 'node' | 'gpu' | 'cpu';

export interface Backend {
  /** What computes gradients, for people: `wasm (SIMD, 1 thread)`, `tfjs-node`, … */
  readonly name: string;
  readonly tf: Tf;
  /** @throws TrainingError `WASM_HEAP_FULL` while there is still room to fail cleanly */
  checkMemory(): void;
}

export interface BackendOptions {
  backend?: BackendChoice;
  /** Threads of the wasm backend, fixed by the first call in a process; native bindings choose their own. Default 1. */
  threads?: number;
  log?: (line: string) => void;
}

/**
 * Opens the backend that computes gradients. `auto` takes the best that works here: tfjs-node-gpu, tfjs-node, else
 * WebAssembly. Parameters do not depend on the choice, only the speed does (docs/protocol.md, exact arithmetic).
 * @throws TrainingError `BACKEND_UNAVAILABLE`
 */
export async function openBackend(options: BackendOptions = {}): Promise<Backend> {
  const choice = options.backend ?? 'auto';
  const log = options.log ?? (() => {});
  if (choice === 'cpu') return openPlain();
  if (choice === 'wasm') return openWasm(options.threads ?? 1);
  const wanted = choice === 'auto' ? (['gpu', 'node'] as const) : [choice];
  for (const kind of wanted) {
    const native = await openNative(kind);
    if (native.backend) return native.backend;
    if (choice !== 'auto') {
      throw new TrainingError('BACKEND_UNAVAILABLE', `${packageOf(kind)} cannot be used: ${native.reason}. Install it, or choose --backend wasm.`);
    }
    if (native.reason !== 'not installed') log(`${packageOf(kind)} is installed but cannot be used: ${native.reason}`);
  }
  return openWasm(options.threads ?? 1);
}

const packageOf = (kind: 'gpu' | 'node'): string => (kind === 'gpu' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node');

async function openNative(kind: 'gpu' | 'node'): Promise<{ backend?: Backend; reason?: string }> {
  const { tf, reason } = loadOptional(packageOf(kind));
  if (!tf) return { reason };
  try {
    if (!(await tf.setBackend('tensorflow'))) return { reason: 'its backend did not start' };
    await tf.ready();
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
  return { backend: { name: kind === 'gpu' ? 'tfjs-node-gpu' : 'tfjs-node', tf, checkMemory() {} } };
}

/** The module starts once per process; its number of threads is then fixed. */
let runningWasm: Backend | undefined;

async function openWasm(threads: number): Promise<Backend> {
  const tf = loadTensorflow();
  if (runningWasm) {
    await tf.setBackend('wasm');
    return runningWasm;
  }
  const { folder, wasm } = loadWasmPackage();
  wasm.setWasmPaths(folder);
  correctWasmKernels(tf);
  const restoreListeners = keepListeners();
  const restoreThreads = threads > 1 ? allowThreads() : undefined;
  if (threads > 1) {
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);
    wasm.setThreadsCount(threads);
  }
  let started = false;
  try {
    started = await tf.setBackend('wasm');
  } catch (error) {
    throw new TrainingError('BACKEND_UNAVAILABLE', `The WebAssembly backend did not start from ${folder}. Reinstall the packages with npm ci.`, { cause: error });
  } finally {
    restoreThreads?.();
    restoreListeners();
  }
  if (!started) throw new TrainingError('BACKEND_UNAVAILABLE', `The WebAssembly backend did not start from ${folder}. Reinstall the packages with npm ci.`);
  await tf.ready();
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const backend = tf.backend() as unknown as WasmBackend;
  runningWasm = {
    name: `wasm (${simd ? 'SIMD' : 'no SIMD'}, ${threads} thread${threads === 1 ? '' : 's'})`,
    tf,
    checkMemory: () => checkHeap(backend),
  };
  return runningWasm;
}

async function openPlain(): Promise<Backend> {
  const tf = loadTensorflow();
  await tf.setBackend('cpu');
  // The plain backend greets its first tensor with an advertisement for the native one.
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
  return { name: 'cpu (plain JavaScript, for comparison only)', tf, checkMemory() {} };
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
