import type { Kind } from './index.js';
import { run } from './tools.js';

/** Multiplies two matrices on the new backend and compares with sums made here. In a process of its own: it may crash. */
const PROGRAM = `
const util = require('node:util');
util.isNullOrUndefined ??= (value) => value == null; // gone from Node 23 on; tfjs-node still asks for it
const tf = require(process.argv[1]);
const n = 64, a = Array.from({ length: n * n }, (_, i) => (i * 7) % 11 - 5), b = a.map((_, i) => (i * 5) % 13 - 6);
const product = tf.matMul(tf.tensor2d(a, [n, n]), tf.tensor2d(b, [n, n])).dataSync();
for (let r = 0; r < n; r++) for (let c = 0; c < n; c++) {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += a[r * n + k] * b[k * n + c];
  if (product[r * n + c] !== sum) throw new Error('wrong product at ' + r + ',' + c + ': ' + product[r * n + c] + ' instead of ' + sum);
}
const { binding, isUsingGpuDevice } = tf.backend();
console.log(JSON.stringify({ library: binding.TF_Version, gpu: isUsingGpuDevice }));
`;

/** @throws Error saying why the package cannot be used after all */
export async function verify(kind: Kind, root: string): Promise<string> {
  const name = kind === 'gpu' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  const { code, out, err } = await run(process.execPath, ['-e', PROGRAM, name], { cwd: root, env: { TF_CPP_MIN_LOG_LEVEL: '2' } });
  if (code !== 0) throw new Error(`${name} is in place but does not work here:\n${err.trim().split('\n').slice(-8).join('\n')}`);
  const { library, gpu } = JSON.parse(out.trim().split('\n').at(-1)!) as { library: string; gpu: boolean };
  const found = `${name} works here, on libtensorflow ${library}`;
  if (kind === 'cpu') return found;
  return gpu ? `${found} and a GPU` : `${found}, but it finds no GPU: check that nvidia-smi lists one. Until it does, the client does not choose this backend.`;
}
