import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where a folder of client/src/training has its kernels: beside it where it is compiled; in `dist/` where TypeScript runs as it is. */
const places = (folder: string): string[] => [`../${folder}/kernels.wasm`, `../../../../dist/client/src/training/${folder}/kernels.wasm`];
/** The sources, where this is a checkout: in the folder or, seen from `dist/`, in the tree. */
const sources = (folder: string): string[] => [`../${folder}/assembly/`, `../../../../../client/src/training/${folder}/assembly/`];

/** Name of the custom section that holds the SHA-256 of the sources. */
const SECTION = 'source';

/** @returns the module of a folder's kernels, or why there is none that belongs to this client's sources */
export function kernelBinary(folder: 'kernels' | 'backends' = 'kernels'): WebAssembly.Module | string {
  const binary = firstOf(places(folder), (url) => readFileSync(url));
  if (!binary) return `dist/ has no ${folder}/kernels.wasm`;
  try {
    const module = new WebAssembly.Module(binary);
    const built = WebAssembly.Module.customSections(module, SECTION)[0];
    const hash = firstOf(sources(folder), (url) => sourceHash(fileURLToPath(url)));
    if (hash && (!built || !hash.equals(Buffer.from(built)))) return `${folder}/kernels.wasm is older than its sources`;
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
