import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Command } from 'commander';
import { describeSource } from '../../training/data/index.js';
import { encodeManifest } from '../../training/manifest.js';
import { smallManifest } from '../../training/testing.js';
import { formatSize, parseSize } from '../common/size.js';
import { runCli } from '../program.js';
import { type DataFlags, dataOptions, dataPlacesOf } from '../common/data-options.js';

let root: string;
before(async () => void (root = await mkdtemp(join(tmpdir(), 'psyche-cli-data-'))));
after(() => rm(root, { recursive: true }));

/** What a command prints, and its exit code. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const real = { out: process.stdout.write.bind(process.stdout), err: process.stderr.write.bind(process.stderr) };
  // The test runner writes bytes to stdout; what commands print is text.
  process.stdout.write = ((text: string | Uint8Array) => (typeof text === 'string' ? ((said.out += text), true) : real.out(text))) as typeof process.stdout.write;
  process.stderr.write = ((text: string) => ((said.err += text), true)) as typeof process.stderr.write;
  try {
    const code = await runCli(args);
    return { code, ...said };
  } finally {
    [process.stdout.write, process.stderr.write] = [real.out, real.err];
  }
}

test('a set is prepared and looked at, as people and as programs do, and as a part of a run', async () => {
  await writeFile(join(root, 'a.jsonl'), Array.from({ length: 40 }, (_, i) => `{"body":"document ${i} of forty"}\n`).join(''));
  const out = join(root, 'set');
  const cache = ['--cache-dir', join(root, 'cache')];
  const made = await run('data', 'prepare', join(root, 'a.jsonl'), '-o', out, '--column', 'body', '--output', 'json', ...cache);
  const index = JSON.parse(made.out) as { index: string; tokens: number; documents: number };
  assert.equal(index.documents, 40);
  const shown = await run('data', 'inspect', out, '--samples', '1', '--sample-tokens', '30', ...cache);
  assert.match(shown.out, /all files are what the index says/);
  assert.match(shown.out, /"document 0 of forty/);
  assert.ok(shown.out.includes(index.index));

  const { source } = await describeSource(out, { cacheDir: join(root, 'cache'), name: 'forty' });
  const manifest = { ...smallManifest(), data: { kind: 'mixture' as const, heldOutPermille: 50, separateDocuments: true, sources: [source] } };
  manifest.model.vocabSize = 257;
  await writeFile(join(root, 'manifest.json'), encodeManifest(manifest));
  const inRun = await run('data', 'inspect', join(root, 'manifest.json'), '--data', `forty=${out}`, '--output', 'json', ...cache);
  const { sequences, samples } = JSON.parse(inRun.out) as { sequences: number; samples: { at: string; text: string }[] };
  assert.ok(sequences > 20 && samples.length === 3 && /^index 0, sequence \d+ of forty$/.test(samples[0].at));

  const shard = join(out, 'tokens-00000.bin');
  await writeFile(shard, (await readFile(shard)).fill(7, 40, 42));
  const damaged = await run('data', 'inspect', out, ...cache);
  assert.equal(damaged.code, 1);
  assert.match(damaged.err, /is not what the data set's index says/);
});

test('mistakes are named, and nothing is left behind', async () => {
  for (const [args, message] of [
    [['prepare', join(root, 'none'), '-o', join(root, 'x')], /There is no/],
    [['prepare', join(root, 'none')], /--out/],
    [['prepare', '--tokens', join(root, 'none'), '-o', 'x'], /leave out --out/],
    [['inspect', join(root, 'none')], /There is no .*index\.json/],
    [['inspect', 'ftp://example.org/x', '--max-disk', '1MB', '--cache-dir', join(root, 'c')], /neither https:\/\/ nor hf:\/\//],
  ] as const) {
    const { code, err } = await run('data', ...args);
    assert.equal(code, 1);
    assert.match(err, message);
  }
  assert.equal((await run('data', 'prepare', 'x', '--max-disk', 'lots')).code, 2);
});

test('the flags that commands share say the same everywhere', () => {
  const command = dataOptions(new Command()).exitOverride();
  command.parse(['--data', 'a=/x', '--data', '/y', '--text', '/z', '--max-disk', '1.5GiB'], { from: 'user' });
  const places = dataPlacesOf(command.opts<DataFlags>());
  assert.deepEqual(places.paths, ['a=/x', '/y', '/z']);
  assert.equal(places.maxDiskBytes, 1.5 * 2 ** 30);
  assert.deepEqual(['20GB', '512 MiB', '7', '1.5tb'].map(parseSize), [20e9, 2 ** 29, 7, 1.5e12]);
  for (const text of ['', '0', '-1GB', '1XB', '1e9']) assert.throws(() => parseSize(text), text);
  assert.deepEqual([0, 999, 1000, 5_368_709_120, 999_950_000, 56e12].map(formatSize), ['0 B', '999 B', '1.00 kB', '5.37 GB', '1.00 GB', '56.0 TB']);
});
