#!/usr/bin/env node
// Compiles the AssemblyScript kernels to WebAssembly: client/src/training/{kernels,backends}/assembly → dist/…/kernels.wasm.
// The same sources give the same bytes; a hash of the sources stands in a custom section, by which a client knows
// whether the file belongs to them.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Those of the optimizers have a memory of their own; those of the backends work in TensorFlow.js's. */
const FOLDERS = { 'client/src/training/kernels': [], 'client/src/training/backends': ['--importMemory'] };

for (const [folder, options] of Object.entries(FOLDERS)) await build(folder, options);

async function build(folder, options) {
  const target = join(root, 'dist', folder, 'kernels.wasm');
  const { error, binary, stderr } = await compile(folder, options);
  if (error) {
    console.error(stderr);
    console.error(`The kernels do not compile: ${error.message}`);
    process.exit(1);
  }
  mkdirSync(dirname(target), { recursive: true });
  // Beside it first: who starts in this moment finds the old file or the new one, never half of one.
  writeFileSync(`${target}.${process.pid}`, Buffer.concat([binary, section('source', sourceHash(join(root, folder, 'assembly')))]));
  renameSync(`${target}.${process.pid}`, target);
}

async function compile(folder, options) {
  let binary;
  const { error, stderr } = await asc.main(
    [`${folder}/assembly/index.ts`, '--baseDir', root, '--outFile', 'kernels.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort=', '--enable', 'simd', ...options],
    { writeFile: (_name, contents) => void (binary = Buffer.from(contents)) },
  );
  return { error, binary, stderr: stderr.toString() };
}

/** A custom section: id 0, length, name, contents; all shorter than 128 bytes. */
function section(name, contents) {
  return Buffer.concat([Buffer.of(0, 1 + name.length + contents.length, name.length), Buffer.from(name), contents]);
}

/** As client/src/training/kernels/binary.ts computes it. */
function sourceHash(folder) {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).filter((n) => n.endsWith('.ts')).sort()) hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  return hash.digest();
}
