/**
 * npm run test:pytorch [-- --write] [--backend wasm|node|cpu|…] [--tensors]
 *
 * The client's models and optimizers beside PyTorch and transformers, which it installs on first use (python.ts). Makes
 * random small checkpoints of every family, compares logits and gradients tensor by tensor, and lets transformers read the
 * folders that the client writes. `--write` makes the committed golden numbers anew, `--tensors` prints every tensor.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openBackend, type BackendChoice } from '../../client/src/training/backends/index.js';
import { compareModels, type ModelComparison } from './compare-models.js';
import { openPython, run } from './python.js';

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const { values } = parseArgs({ options: { write: { type: 'boolean', default: false }, backend: { type: 'string', default: 'wasm' }, tensors: { type: 'boolean', default: false } } });

const python = await openPython((line) => console.error(line));
const write = values.write ? ['--write'] : [];
await run(python, [script('models.py'), 'golden', ...write]);
await run(python, [script('optimizers.py'), ...write]);

const folder = await mkdtemp(join(tmpdir(), 'psyche-pytorch-'));
try {
  await run(python, [script('models.py'), 'make', folder]);
  const backend = await openBackend({ backend: values.backend as BackendChoice });
  const comparisons = await compareModels(backend, folder);
  print(backend.name, comparisons);
  await run(python, [script('models.py'), 'check', folder]);
} finally {
  await rm(folder, { recursive: true, force: true });
}

function print(backend: string, comparisons: readonly ModelComparison[]): void {
  const short = (x: number): string => x.toExponential(1).padStart(9);
  console.log(`\n${backend} beside PyTorch; gradients relative to the tensor's largest number\n`);
  console.log(`${'model'.padEnd(24)} ${'logits'.padStart(9)} ${'loss'.padStart(9)} ${'gradients'.padStart(9)} ${'relative'.padStart(9)}  worst tensor`);
  for (const { name, logits, loss, gradients } of comparisons) {
    const worst = gradients.reduce((a, b) => (b.relative > a.relative ? b : a));
    const absolute = Math.max(...gradients.map((g) => g.absolute));
    console.log(`${name.padEnd(24)} ${short(logits.absolute)} ${short(loss)} ${short(absolute)} ${short(worst.relative)}  ${worst.tensor}`);
    if (values.tensors) for (const g of gradients) console.log(`  ${g.tensor.padEnd(52)} ${short(g.absolute)} ${short(g.relative)}`);
  }
  console.log();
}
