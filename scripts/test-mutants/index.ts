/**
 * npm run test:mutants [-- OPTIONS OF CARGO-MUTANTS]
 *
 * Mutation testing of the programs' logic (programs/<name>/src/logic): cargo-mutants changes one operator or result at a
 * time, and the Rust tests of the same program's logic should fail. Exits with 1 if fewer than 90 % of the mutants that
 * compile are noticed. The details stay in target/mutants/mutants.out.
 *
 *   -- --file quorum.rs   the mutants of one file
 *   -- --jobs 4           so many at once (default 1)
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EQUIVALENTS } from './equivalents.js';
import { readOutcomes, report } from './report.js';
import { plantLogic, programsWithLogic } from './tree.js';

const VERSION = '27.1.0';
const LEAST_SCORE = 0.9;
/** The tests of one program's logic take less than one second; what takes this long hangs. */
const TIMEOUT_S = 10;
/** Exit codes of a run that came to its end: all caught, some missed, some timed out. */
const ENDED = [0, 2, 3];

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

function checkInstalled(): void {
  const found = spawnSync('cargo', ['mutants', '--version'], { encoding: 'utf8' });
  const install = `cargo install --locked cargo-mutants --version ${VERSION}`;
  if (found.error || found.status !== 0) throw new Error(`cargo-mutants is not installed; with Rust on PATH, install it: ${install}`);
  const version = found.stdout.trim().split(' ').at(-1);
  if (version !== VERSION) console.error(`note: this is cargo-mutants ${version}; the counts in the documentation are those of ${VERSION} (${install})`);
}

async function main(args: string[]): Promise<void> {
  checkInstalled();
  const out = join(root, 'target/mutants');
  await mkdir(out, { recursive: true });
  const tree = await mkdtemp(join(tmpdir(), 'psyche-mutants-'));
  try {
    await plantLogic(root, await programsWithLogic(root), tree);
    const options = ['--workspace', '--no-shuffle', '--timeout', `${TIMEOUT_S}`, '--dir', tree, '--output', out, '--cargo-test-arg=--lib'];
    const child = spawn('cargo', ['mutants', ...options, ...args], { stdio: 'inherit' });
    // It gets the terminal's signal itself; this process stays to clean up after it.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
    const [code] = (await once(child, 'close')) as [number | null];
    if (!ENDED.includes(code ?? -1)) throw new Error(`cargo mutants ended with ${code ?? 'a signal'}; see above, and ${out}/mutants.out/log`);
    const outcomes = join(out, 'mutants.out/outcomes.json');
    if (!existsSync(outcomes)) throw new Error('no mutants were found: does --file name one of programs/<name>/src/logic?');
    const mutants = readOutcomes(await readFile(outcomes, 'utf8'));
    const files = [...new Set(mutants.map(({ file }) => file))];
    const sources = new Map(await Promise.all(files.map(async (file) => [file, await readFile(join(tree, file), 'utf8')] as const)));
    const { text, score } = report(mutants, sources, EQUIVALENTS);
    console.log(`\n${text}`);
    if (score < LEAST_SCORE) throw new Error(`the tests notice less than ${100 * LEAST_SCORE} % of the mutants: add tests that fail for those marked MISSED`);
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(`test:mutants: ${error.message}`);
  process.exitCode = 1;
});
