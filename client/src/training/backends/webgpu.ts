import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { BackendUnavailable, firstLine, type Backend } from './backend.js';
import { loadTensorflow, type Tf } from './tensorflow.js';

/** The parts of WebGPU, as Dawn's Node binding gives it, that are used here. */
interface Adapter {
  info: { vendor: string; architecture: string; device: string; description: string; isFallbackAdapter?: boolean };
  features: Set<string>;
  limits: Record<string, number>;
  requestDevice(descriptor: object): Promise<Device>;
}
interface Device {
  lost: Promise<{ reason: string; message: string }>;
}
interface Dawn {
  create(options: string[]): { requestAdapter(options: object): Promise<Adapter | null> };
  globals: Record<string, unknown>;
}
interface BackendPackage {
  WebGPUBackend: new (device: Device, info: object) => object;
}

const ADVICE = 'Install the two packages (npm install --no-save webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0) and a driver for Vulkan, Metal or Direct3D 12.';

/** The most that the adapter allows of what TensorFlow.js makes large. */
const LIMITS = [
  'maxComputeWorkgroupStorageSize', 'maxComputeWorkgroupsPerDimension', 'maxStorageBufferBindingSize', 'maxBufferSize',
  'maxComputeWorkgroupSizeX', 'maxComputeInvocationsPerWorkgroup',
] as const;

let running: Backend | undefined;

/**
 * WebGPU by Dawn, from two optional packages. Reads are asynchronous only: `dataSync` throws on this backend.
 * @param software whether an adapter without hardware will do: right to the bit or nearly, a hundred times too slow to train
 * @throws BackendUnavailable
 */
export async function openWebGpu(software: boolean): Promise<Backend> {
  const tf = loadTensorflow();
  if (running) {
    await tf.setBackend('webgpu');
    return running;
  }
  const { dawn, backend } = await loadPackages();
  const gpu = dawn.create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new BackendUnavailable('webgpu', 'there is no graphics driver that Dawn can use', ADVICE, true);
  const { info } = adapter;
  const device = info.description || info.device || info.vendor || 'unnamed adapter';
  if (isSoftware(info) && !software) {
    throw new BackendUnavailable('webgpu', `${device} is software, slower than any other backend`, 'Ask for it by name (--backend webgpu) to use it all the same.', true);
  }
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
  // The handle keeps Dawn's instance from being collected.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true, writable: true });
  try {
    const handle = await adapter.requestDevice({ requiredLimits, requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [] });
    if (tf.findBackend('webgpu') !== null) tf.removeBackend('webgpu');
    tf.registerBackend('webgpu', () => new backend.WebGPUBackend(handle, info) as never, 0);
    if (!(await tf.setBackend('webgpu'))) throw new Error('it did not start');
    await tf.ready();
    await checkProduct(tf);
  } catch (error) {
    throw new BackendUnavailable('webgpu', `${device} does not start: ${firstLine(error)}`, ADVICE, true, error);
  }
  running = {
    kind: 'webgpu', name: `webgpu (Dawn${isSoftware(info) ? ', software' : ''})`, device, precision: 'float32', reproducible: false, threads: 1, tf,
    checkMemory() {},
  };
  return running;
}

async function loadPackages(): Promise<{ dawn: Dawn; backend: BackendPackage }> {
  const require = createRequire(import.meta.url);
  const names = ['webgpu', '@tensorflow/tfjs-backend-webgpu'];
  const missing = names.filter((name) => !resolves(require, name));
  if (missing.length > 0) throw new BackendUnavailable('webgpu', `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not installed`, ADVICE, missing.length < names.length);
  try {
    const dawn = (await import(pathToFileURL(require.resolve(names[0])).href)) as Dawn;
    // The backend's code names WebGPU's constants as a browser has them.
    Object.assign(globalThis, dawn.globals);
    return { dawn, backend: require(names[1]) as BackendPackage };
  } catch (error) {
    throw new BackendUnavailable('webgpu', `its packages do not load: ${firstLine(error)}`, ADVICE, true, error);
  }
}

function resolves(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

const isSoftware = (info: Adapter['info']): boolean => info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|software/i.test(`${info.architecture} ${info.device} ${info.description}`);

/** A driver that is there but wrong shows here, before a run's gradients do. */
async function checkProduct(tf: Tf): Promise<void> {
  const n = 32;
  const a = Array.from({ length: n * n }, (_, i) => ((i * 7) % 11) - 5);
  const product = tf.tidy(() => tf.matMul(tf.tensor2d(a, [n, n]), tf.tensor2d(a, [n, n])));
  const values = await product.data();
  product.dispose();
  for (let i = 0; i < n * n; i++) {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[Math.floor(i / n) * n + k] * a[k * n + (i % n)];
    if (values[i] !== sum) throw new Error(`a product of small whole numbers came out wrong (${values[i]} instead of ${sum})`);
  }
}
