import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Beside this file where it is compiled; in `dist/` where TypeScript runs as it is. */
const PLACES = ['./kernels.wasm', '../../../../dist/client/src/training/kernels/kernels.wasm'];
/** The sources, where this is a checkout: beside this file or, seen from `dist/`, in the tree. */
const SOURCES = ['./assembly/', '../../../../../client/src/training/kernels/assembly/'];

/** Name of the custom section that holds the SHA-256 of the sources. */
const SECTION = 'source';

/** @returns the module, or why there is none that belongs to this client's sources */
export function kernelBinary(): WebAssembly.Module | string {
  const binary = firstOf(PLACES, (url) => readFileSync(url));
  if (!binary) return 'dist/ has no kernels.wasm';
  try {
    const module = new WebAssembly.Module(binary);
    const built = WebAssembly.Module.customSections(module, SECTION)[0];
    const hash = firstOf(SOURCES, (url) => sourceHash(fileURLToPath(url)));
    if (hash && (!built || !hash.equals(Buffer.from(built)))) return 'kernels.wasm is older than its sources';
    return module;
  } catch (error) {
    return `kernels.wasm does not load (${(error as Error).message})`;
  }
}

/** SHA-256 over the names and contents of a folder's TypeScript files; `scripts/build-kernels.mjs` computes the same. */
function sourceHash(folder: string): Buffer {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).filter((n) => n.endsWith('.ts')).sort()) hash.update(`${name}\n`).update(readFileSync(`${folder}${name}`));
  return hash.digest();
}

function firstOf<T>(places: readonly string[], read: (url: URL) => T): T | undefined {
  for (const place of places) {
    try {
      return read(new URL(place, import.meta.url));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}
