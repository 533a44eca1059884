import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { StorageServer } from '../../training/checkpoint/testing/storage-server.js';
import { smallCheckpoint } from '../../training/checkpoint/testing/index.js';
import { PROJECT_ROOT } from '../../version.js';
import { runCli } from '../program.js';

let folder: string;
let server: StorageServer;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'psyche-cli-checkpoint-'));
  server = await StorageServer.start();
  process.env.XDG_CACHE_HOME = join(folder, 'cache');
  process.env.NO_COLOR = '1';
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** A process of its own, to be killed. */
function start(...args: string[]): ChildProcess {
  const main = join(PROJECT_ROOT, 'client', 'src', 'cli', 'main.ts');
  return spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...args], { stdio: 'ignore' });
}

/** A command in this process, which saves it the start; the test runner's own reports, which are no strings, pass. */
async function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const output = { stdout: '', stderr: '' };
  const names = ['stdout', 'stderr'] as const;
  const originals = names.map((name) => process[name].write);
  names.forEach((name, i) => {
    process[name].write = ((chunk: unknown, ...rest: never[]) => {
      if (typeof chunk !== 'string') return originals[i].call(process[name], chunk as never, ...rest);
      output[name] += chunk;
      return true;
    }) as never;
  });
  try {
    const code = await runCli(args);
    return { code, ...output };
  } finally {
    names.forEach((name, i) => (process[name].write = originals[i]));
  }
}

test('push, a pull that is killed and goes on, verify', async () => {
  const { folder: sealed, descriptor } = await smallCheckpoint(folder);
  const plain = join(folder, 'plain');
  await cp(sealed, plain, { recursive: true });
  await rm(join(plain, 'psyche-checkpoint.json'));
  const pushed = await cli('checkpoint', 'push', plain, `${server.url}/a`, '--step', '7', '--output', 'json');
  assert.equal(pushed.code, 0, pushed.stderr);
  const { location, root, step, files } = JSON.parse(pushed.stdout) as { location: string; root: string; step: number; files: unknown[] };
  assert.deepEqual([location, root, step, files.length], [`${server.url}/a`, descriptor.root, 7, 2]);

  const target = join(folder, 'target');
  const stalled = new Promise<void>((resolve) => (server.faults = { stallAfter: 6000, stalled: resolve }));
  const first = start('checkpoint', 'pull', location, target);
  await stalled;
  const partial = async (): Promise<string | undefined> => (await readdir(folder)).find((n) => n.endsWith('.partial'));
  // What was sent has to reach the disk before the process dies: without a clock, by looking.
  for (let size = 0; size < 6000; size = await stat(join(folder, (await partial()) ?? '', 'model.safetensors')).then((s) => s.size, () => 0));
  first.kill('SIGKILL');
  await once(first, 'close');
  await assert.rejects(stat(target));
  server.requests.length = 0;
  const second = await cli('checkpoint', 'pull', location, target, '--root', root);
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual(server.requests, ['GET /a/psyche-checkpoint.json', 'GET /a/model.safetensors 6000-']);
  assert.equal(await partial(), undefined);

  const good = await cli('checkpoint', 'verify', target);
  await writeFile(join(sealed, 'config.json'), '{}');
  const bad = await cli('checkpoint', 'verify', sealed);
  const none = await cli('checkpoint', 'pull', target);
  assert.match(good.stdout, new RegExp(`: all files and the parameters have their hashes\n.*root +${root}`));
  assert.deepEqual([bad.code, /config.json has 2 bytes/.test(bad.stderr)], [1, true]);
  assert.equal(none.stderr, 'error: Say where the checkpoint is, or the run with --run.\n');
});

test('generate and evaluate take a checkpoint from anywhere, and say the same each time', async () => {
  const { folder: source } = await smallCheckpoint(folder, 2);
  for (const name of await readdir(source)) server.files.set(`/b/${name}`, await readFile(join(source, name)));
  const task = join(folder, 'task.jsonl');
  await writeFile(task, [{ query: 'q', choices: ['a', 'bc'], gold: 0 }, { query: 'To be', choices: ['or', 'not'], gold: 1 }].map((row) => JSON.stringify(row)).join('\n'));
  await writeFile(join(folder, 'text.txt'), 'to be or not to be, that is the question; '.repeat(20));
  const write = ['--prompt', 'To be', '--tokens', '20', '--seed', '3', '--temperature', '0.5', '--top-k', '20', '--backend', 'wasm', '--output', 'json'];
  const local = await cli('generate', source, ...write);
  const remote = await cli('generate', `${server.url}/b`, ...write);
  const text = await cli('generate', source, ...write.slice(0, -2));
  const evaluated = await cli('evaluate', source, '--tasks', task, '--data', join(folder, 'text.txt'), '--held-out', '1000', '--sequences', '3', '--prompt', 'x', '--tokens', '4', '--backend', 'wasm', '--output', 'json');
  const nothing = await cli('evaluate', source);
  assert.equal(local.code, 0, local.stderr);
  const said = JSON.parse(local.stdout) as { text: string; tokens: number; backend: string };
  assert.equal(said.tokens, 20);
  assert.equal((JSON.parse(remote.stdout) as { text: string }).text, said.text);
  assert.equal(text.stdout, `To be${said.text}\n`);
  const { tasks, losses, samples } = JSON.parse(evaluated.stdout) as { tasks: { name: string; items: number }[]; losses: { loss: number; sequences: number; tokens: number }[]; samples: { tokens: number }[] };
  assert.deepEqual(tasks.map((t) => [t.name, t.items]), [['task', 2]]);
  assert.deepEqual(losses.map((l) => [l.sequences, l.tokens, l.loss > 0]), [[3, 48, true]]);
  assert.equal(samples[0].tokens, 4);
  assert.equal(nothing.stderr, 'error: Say what to evaluate: --tasks, --data or --prompt.\n');
});
