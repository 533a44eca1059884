import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kind } from './index.js';
import { TENSORFLOW } from './libtensorflow.js';
import { must } from './tools.js';

const PACKAGES = join(dirname(fileURLToPath(import.meta.url)), 'packages');
/** The oldest interface that Node 20 and all later ones have, so that one binding serves them all. */
const NAPI = 8;

export interface Built {
  kind: Kind;
  /** An npm tree with the package, its binding in place. */
  folder: string;
  /** `@tensorflow/tfjs-node` or `@tensorflow/tfjs-node-gpu`. */
  name: string;
}

/**
 * The npm package of tfjs-node with a binding for this machine. The binding holds the path of the library, so both stay
 * where they are; a changed lock file or library makes a new folder.
 */
export async function buildBinding(kind: Kind, library: string, cache: string, log: (line: string) => void): Promise<Built> {
  const name = kind === 'gpu' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  const lock = await readFile(join(PACKAGES, 'package-lock.json'));
  const stamp = createHash('sha256').update(lock).update(library).digest('hex').slice(0, 12);
  const folder = join(cache, `tfjs-${kind}-${TENSORFLOW}-${process.arch}-${stamp}`);
  if (existsSync(folder)) return { kind, folder, name };
  await mkdir(cache, { recursive: true });
  const partial = await mkdtemp(`${folder}.partial-`);
  try {
    log(`fetching ${name} with npm`);
    for (const file of ['package.json', 'package-lock.json']) await copyFile(join(PACKAGES, file), join(partial, file));
    await must('fetching the packages', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: partial });
    log('compiling the binding');
    await compile(join(partial, 'node_modules', name), join(partial, 'node_modules/node-api-headers/include'), library);
    if (!existsSync(folder)) await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return { kind, folder, name };
}

async function compile(source: string, headers: string, library: string): Promise<void> {
  const out = join(source, `lib/napi-v${NAPI}`);
  await mkdir(out, { recursive: true });
  const tensorflow = join(library, 'tensorflow');
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(source, 'binding', file));
  await must('compiling', 'g++', [
    '-shared', '-fPIC', '-O2', '-std=c++17', `-DNAPI_VERSION=${NAPI}`,
    '-I', headers, '-I', join(tensorflow, 'include'), '-I', source,
    ...sources, '-o', join(out, 'tfjs_binding.node'),
    '-L', tensorflow, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', `-Wl,-rpath,${tensorflow}`,
  ]);
}
