import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const WORKER = 'wasm-out/tfjs-backend-wasm-threaded-simd.worker.js';
const SCRIPT = 'wasm-out/tfjs-backend-wasm-threaded-simd.js';

/**
 * Lets the threaded build start under Node, where upstream switches it off: its workers are made from `blob:` addresses,
 * which Node's workers do not take. While the backend starts, they are given a file instead, with the one line changed
 * that would load the module from a blob. Answers a function that puts everything back.
 */
export function allowThreads(): () => void {
  const root = dirname(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')));
  const { wasmWorkerContents } = require(join(root, WORKER)) as { wasmWorkerContents: string };
  // The text was unescaped once too often on its way into the package: its line ends stand inside string literals.
  const text = wasmWorkerContents.replaceAll('\n', '\\n');
  const changed = text.replace('typeof e.data.urlOrBlob=="string"', `e.data.urlOrBlob=${JSON.stringify(join(root, SCRIPT))}`);
  const folder = mkdtempSync(join(tmpdir(), 'psyche-wasm-'));
  const file = join(folder, 'worker.cjs');
  writeFileSync(file, changed);
  const original = URL.createObjectURL;
  URL.createObjectURL = () => file;
  return () => {
    URL.createObjectURL = original;
    rmSync(folder, { recursive: true, force: true });
  };
}
