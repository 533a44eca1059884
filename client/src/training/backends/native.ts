import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { BackendUnavailable, checkTensors, firstLine, type Backend } from './backend.js';
import { addNativeKernels } from './native-kernels.js';
import { loadOptional, type Tf } from './tensorflow.js';

/** What tfjs-node's backend says of itself. */
interface NativeBackend {
  isUsingGpuDevice: boolean;
  binding: { TF_Version: string };
}

/** Where Linux shows an NVIDIA driver: its own device, or that of Windows below it. */
const GPU_FILES = ['/dev/nvidiactl', '/dev/nvidia0', '/dev/dxg'];

/** Tensors may take this share of the machine's memory; the rest is for the process, its buffers and others. */
const MEMORY_SHARE = 0.75;

export const processorName = (): string => `${cpus()[0]?.model.trim() ?? 'processor'}, ${cpus().length} core${cpus().length === 1 ? '' : 's'}`;

/** What this process may use at most, in bytes: the machine's memory or its container's. */
export function machineMemory(): number {
  const constrained = (process as { constrainedMemory?: () => number }).constrainedMemory?.() ?? 0;
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/**
 * TensorFlow's C library by tfjs-node or tfjs-node-gpu.
 * @throws BackendUnavailable
 */
export async function openNative(kind: 'node' | 'gpu'): Promise<Backend> {
  const name = kind === 'gpu' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  const advice = kind === 'gpu' ? 'Run `npm run setup:native -- gpu` on a machine with an NVIDIA driver.' : 'Run `npm run setup:native -- cpu`.';
  // Looked for first: both packages call their backend `tensorflow`, and a process can load only one of them.
  if (kind === 'gpu' && process.platform === 'linux' && !GPU_FILES.some((file) => existsSync(file))) {
    throw new BackendUnavailable(kind, 'this machine shows no NVIDIA GPU', advice, false);
  }
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // Otherwise the first process takes the whole card.
  if (kind === 'gpu') process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  const { tf, reason, installed } = loadOptional(name);
  if (!tf) throw new BackendUnavailable(kind, installed ? `${name} does not load: ${reason}` : `${name} is not installed`, advice, installed);
  try {
    if (!(await tf.setBackend('tensorflow'))) throw new Error('it did not start');
    await tf.ready();
  } catch (error) {
    throw new BackendUnavailable(kind, `${name} does not start: ${firstLine(error)}`, advice, true, error);
  }
  const { isUsingGpuDevice, binding } = tf.backend() as unknown as NativeBackend;
  if (kind === 'gpu' && !isUsingGpuDevice) throw new BackendUnavailable(kind, `${name} finds no GPU that it can use`, 'Check that nvidia-smi lists one.', true);
  return kind === 'gpu' ? onGpu(tf, binding.TF_Version) : onProcessor(tf, binding.TF_Version);
}

function onProcessor(tf: Tf, version: string): Backend {
  addNativeKernels(tf);
  const memoryLimit = Math.floor(MEMORY_SHARE * machineMemory());
  return {
    kind: 'node', name: `tfjs-node (TensorFlow ${version})`, device: processorName(), precision: 'float32', reproducible: false, threads: 1,
    tf, memoryLimit, checkMemory: () => checkTensors(tf, memoryLimit),
  };
}

async function onGpu(tf: Tf, version: string): Promise<Backend> {
  const { device, memory } = await describeGpu();
  const memoryLimit = memory === undefined ? undefined : Math.floor(0.9 * memory);
  return {
    kind: 'gpu', name: `tfjs-node-gpu (TensorFlow ${version})`, device, reproducible: false, threads: 1,
    // TensorFlow's default on cards that have it; NVIDIA_TF32_OVERRIDE=0 in the environment turns it off.
    precision: process.env.NVIDIA_TF32_OVERRIDE === '0' ? 'float32' : 'float32, products in TF32 where the card has it',
    tf, memoryLimit, checkMemory: () => memoryLimit !== undefined && checkTensors(tf, memoryLimit),
  };
}

/** Name and memory of the first card, from NVIDIA's own tool; the card works as well without it. */
async function describeGpu(): Promise<{ device: string; memory?: number }> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', ['--query-gpu=name,memory.total', '--format=csv,noheader,nounits'], { timeout: 10_000 });
    const [device, mebibytes] = stdout.split('\n')[0].split(',').map((s) => s.trim());
    const memory = Number(mebibytes) * 2 ** 20;
    return { device: device || 'GPU', ...(memory > 0 ? { memory } : {}) };
  } catch {
    return { device: 'GPU' };
  }
}
