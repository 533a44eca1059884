import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kind } from './index.js';
import { TENSORFLOW } from './libtensorflow.js';
import { must } from './tools.js';

const PACKAGES = join(dirname(fileURLToPath(import.meta.url)), 'packages');
/** This project's own operations for the processor, linked into the binding. */
const FUSED = join(dirname(fileURLToPath(import.meta.url)), 'fused');
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
 * where they are; a changed lock file, library, source or processor makes a new folder.
 */
export async function buildBinding(kind: Kind, library: string, cache: string, log: (line: string) => void): Promise<Built> {
  const name = kind === 'gpu' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  const lock = await readFile(join(PACKAGES, 'package-lock.json'));
  const sources = (await readdir(FUSED)).sort();
  // The compiler is told to use what this processor has.
  const stamp = createHash('sha256').update(lock).update(library).update(cpus()[0]?.model ?? '');
  stamp.update(String(compile)); // its flags
  for (const file of sources) stamp.update(await readFile(join(FUSED, file)));
  const folder = join(cache, `tfjs-${kind}-${TENSORFLOW}-${process.arch}-${stamp.digest('hex').slice(0, 12)}`);
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
  const sources = [...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(source, 'binding', file)), join(FUSED, 'ops.cc'), join(FUSED, 'steps.cc')];
  await must('compiling', 'g++', [
    '-shared', '-fPIC', '-O3', '-march=native', '-fno-math-errno',
    // Sums of rows as vectors; but what is not a number stays none.
    '-fassociative-math', '-fno-signed-zeros', '-fno-trapping-math', '-std=c++17', '-pthread', `-DNAPI_VERSION=${NAPI}`,
    '-I', headers, '-I', join(tensorflow, 'include'), '-I', source,
    ...sources, '-o', join(out, 'tfjs_binding.node'),
    '-L', tensorflow, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', `-Wl,-rpath,${tensorflow}`,
  ]);
}
