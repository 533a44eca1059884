import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kind } from './index.js';
import { must, python } from './tools.js';

/** The last version whose C API is the one that tfjs-node 4.22's binding was found to build against and run on. */
export const TENSORFLOW = '2.18.1';
const UNPACK = join(dirname(fileURLToPath(import.meta.url)), 'unpack.py');

type Log = (line: string) => void;

/** pip's words for a Linux wheel of CPython 3.11 on this processor, whatever Python runs pip. */
function platformTags(): string[] {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const tags = ['manylinux_2_17', 'manylinux2014', 'manylinux_2_27', 'manylinux_2_28', 'manylinux1'];
  return tags.filter((t) => t !== 'manylinux1' || machine === 'x86_64').flatMap((t) => ['--platform', `${t}_${machine}`]);
}

/**
 * The folder with `tensorflow/libtensorflow_cc.so.2`, the headers beside it and, for gpu, NVIDIA's CUDA libraries in
 * `nvidia/`, where the library looks for them. Each wheel that has arrived stays until all have, so that a download of
 * gigabytes can be taken up again; the folder appears under its name only when it is whole.
 */
export async function libtensorflow(kind: Kind, cache: string, log: Log): Promise<string> {
  const folder = join(cache, `libtensorflow-${kind}-${TENSORFLOW}`);
  if (existsSync(folder)) return folder;
  const wheels = join(cache, `wheels-${kind}-${TENSORFLOW}`);
  await mkdir(wheels, { recursive: true });
  const name = kind === 'gpu' || process.arch === 'arm64' ? 'tensorflow' : 'tensorflow-cpu';
  log(`fetching ${name} ${TENSORFLOW} with pip (${kind === 'gpu' ? '0.6' : '0.2'} GB)`);
  await download([`${name}==${TENSORFLOW}`], wheels);
  if (kind === 'gpu') {
    const libraries = (await must('reading what the wheel needs', python(), [UNPACK, '--cuda', wheels])).split('\n').filter(Boolean);
    if (libraries.length === 0) throw new Error(`${name} ${TENSORFLOW} for ${process.arch} names no CUDA libraries; use npm run setup:native -- cpu`);
    log(`fetching ${libraries.length} CUDA libraries with pip (about 3 GB)`);
    // One by one: what has arrived when the line breaks is not fetched again.
    for (const library of libraries) await download([library], wheels);
  }
  log('unpacking');
  const partial = await mkdtemp(`${folder}.partial-`);
  try {
    await must('unpacking', python(), [UNPACK, wheels, partial]);
    if (!existsSync(join(partial, 'tensorflow/libtensorflow_cc.so.2'))) {
      throw new Error(`the wheel in ${wheels} holds no libtensorflow_cc.so.2 (${(await readdir(wheels)).join(', ')}); remove that folder and try again`);
    }
    if (!existsSync(folder)) await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  await rm(wheels, { recursive: true, force: true });
  return folder;
}

async function download(requirements: string[], folder: string): Promise<void> {
  const how = ['--no-deps', '--only-binary=:all:', '--python-version', '3.11', '--implementation', 'cp', ...platformTags()];
  await must(`downloading ${requirements.join(', ')}`, python(), ['-m', 'pip', 'download', '-q', '--disable-pip-version-check', ...how, '-d', folder, ...requirements]);
}
