/**
 * `npm run test:nodes`: the optimizers' exact arithmetic on several versions of Node and on every backend that works here.
 * Prints a table of hashes and ends with 1 where any two that have to be alike differ.
 *
 *     npm run test:nodes -- --nodes 20,22,24 --backends wasm,cpu,node
 */
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { EXACT_CASES } from '../../client/src/training/optimizer/exactness.js';
import { nodeOf } from './nodes.js';
import type { Row } from './worker.js';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const TIMEOUT_MS = 300_000;

const command = new Command('test:nodes')
  .description('the same bytes on several versions of Node and on every backend')
  .option('--nodes <majors>', 'versions of Node; those not installed are fetched with npm', '20,22,24')
  .option('--backends <names>', 'wasm, cpu (plain JavaScript), node (tfjs-node); what is not installed is left out', 'wasm,cpu,node')
  .parse();
const options = command.opts<{ nodes: string; backends: string }>();

/** How a row runs: a backend for its gradients, and the compression with or without its kernels. */
interface Setting {
  label: string;
  backend: string;
  threads: number;
  mode: 'kernels' | 'plain';
}

const VARIANTS: Record<string, Setting[]> = {
  wasm: [
    { label: 'wasm', backend: 'wasm', threads: 1, mode: 'kernels' },
    { label: 'wasm, 2 threads', backend: 'wasm', threads: 2, mode: 'kernels' },
  ],
  cpu: [{ label: 'plain JavaScript', backend: 'cpu', threads: 1, mode: 'plain' }],
  node: [{ label: 'tfjs-node', backend: 'node', threads: 1, mode: 'kernels' }],
};

const settings = options.backends.split(',').flatMap((name) => {
  if (!VARIANTS[name]) command.error(`no backend is called ${name}: ${Object.keys(VARIANTS).join(', ')}`);
  return VARIANTS[name];
});

const rows: { label: string; reproducible: boolean; row: Row }[] = [];
for (const major of options.nodes.split(',')) {
  const node = await nodeOf(major.trim(), ROOT);
  for (const { label, backend, threads, mode } of settings) {
    try {
      const args = ['--import', 'tsx', join(ROOT, 'scripts/test-nodes/worker.ts'), backend, String(threads), mode];
      const { stdout } = await promisify(execFile)(node, args, { cwd: ROOT, timeout: TIMEOUT_MS });
      const row = JSON.parse(stdout.slice(stdout.lastIndexOf('\n{') + 1)) as Row;
      rows.push({ label, reproducible: backend === 'wasm', row });
    } catch (error) {
      const { stderr = '', message } = error as Error & { stderr?: string };
      // Only tfjs-node may be absent, or too old for a version of Node; the others have to work everywhere.
      if (backend !== 'node') throw error;
      console.log(`Node ${major}, ${label}: left out, ${reason(stderr) ?? message.split('\n')[0]}`);
    }
  }
}

function reason(stderr: string): string | undefined {
  return /(?:Error|Unavailable): (.{1,160})/.exec(stderr)?.[1];
}

/** Hashes that have to be the same in all rows given; says which differ. */
function compare(what: string, among: typeof rows, pick: (row: Row) => Record<string, string>): boolean {
  let alike = true;
  for (const name of Object.keys(EXACT_CASES)) {
    const found = new Map<string, string[]>();
    for (const { label, row } of among) {
      const hash = pick(row)[name];
      found.set(hash, [...(found.get(hash) ?? []), `${row.node} ${label}`]);
    }
    if (found.size <= 1) continue;
    alike = false;
    console.log(`${what} of ${name} differ: ${[...found].map(([hash, where]) => `${hash.slice(0, 8)} on ${where.join(', ')}`).join('; ')}`);
  }
  return alike;
}

const names = Object.keys(EXACT_CASES);
const header = ['Node', 'backend', ...names, ...names.map((name) => `engine: ${name}`)];
const table = rows.map(({ label, row }) => [row.node, label, ...names.map((n) => row.agreed[n].slice(0, 8)), ...names.map((n) => row.engine[n].slice(0, 8))]);
const widths = header.map((title, i) => Math.max(title.length, ...table.map((line) => line[i].length)));
for (const line of [header, ...table]) console.log(line.map((cell, i) => cell.padEnd(widths[i])).join('  ').trimEnd());

const verdicts = [
  compare('Parameters after random payloads', rows, (row) => row.agreed),
  compare('A member\'s payloads and memory', rows, (row) => row.member),
  compare('An engine\'s parameters', rows, (row) => row.engine),
  compare('Payloads of the reproducible backend\'s gradients', rows.filter((r) => r.reproducible), (row) => row.sent),
];
const alike = verdicts.every(Boolean);
const reproducible = rows.filter((r) => r.reproducible).length;
console.log(alike ? `All ${rows.length} rows agree; gradients too on the ${reproducible} of the wasm backend.` : 'Not the same bytes everywhere.');
process.exit(alike ? 0 : 1);
