import { checkTensors, type Backend } from './backend.js';
import { machineMemory, processorName } from './native.js';
import { loadTensorflow } from './tensorflow.js';

/** TensorFlow.js in plain JavaScript: a second opinion for tests, some forty times slower than wasm. */
export async function openPlain(): Promise<Backend> {
  const tf = loadTensorflow();
  await tf.setBackend('cpu');
  // The plain backend greets its first tensor with an advertisement for the native one.
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
  const memoryLimit = Math.floor(machineMemory() / 2);
  return {
    kind: 'cpu', name: 'cpu (plain JavaScript, for comparison only)', device: processorName(), precision: 'float32', reproducible: false, threads: 1,
    tf, memoryLimit, checkMemory: () => checkTensors(tf, memoryLimit),
  };
}
