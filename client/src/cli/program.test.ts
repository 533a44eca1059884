import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PROJECT_ROOT } from '../version.js';

let folder: string;
before(async () => void (folder = await mkdtemp(join(tmpdir(), 'psyche-cli-'))));
after(() => rm(folder, { recursive: true }));

function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = join(PROJECT_ROOT, 'client', 'src', 'cli', 'main.ts');
  const env = { ...process.env, SOLANA_CONFIG: join(folder, 'none.yml'), NO_COLOR: '1' };
  return new Promise((resolve) =>
    execFile(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    ),
  );
}

test('exit codes: 0 done, 1 failed with a sentence, 2 called wrongly', async () => {
  const key = join(folder, 'node.json');
  const [help, made, unknown, noRun, refused] = await Promise.all([
    cli('--help'),
    cli('keys', 'new-node', '-o', key, '--output', 'json'),
    cli('run', 'shw'),
    cli('run', 'show'),
    cli('run', 'show', 'demo', '-u', 'http://127.0.0.1:1', '--verbose'),
  ]);
  assert.equal(help.code, 0);
  for (const name of ['dev', 'join', 'run', 'create-run', 'claim', 'leave', 'authorization', 'keys', 'data', 'devices', 'doctor', 'checkpoint', 'evaluate', 'generate', 'localnet']) assert.match(help.stdout, new RegExp(`^  ${name} `, 'm'));
  assert.equal(made.code, 0, made.stderr);
  assert.deepEqual(Object.keys(JSON.parse(made.stdout) as object), ['pubkey', 'path']);
  assert.deepEqual([unknown.code, /Did you mean show/.test(unknown.stderr)], [2, true]);
  assert.deepEqual([noRun.code, noRun.stderr], [1, 'error: Say which run: its id or address.\n']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^error: No Solana node answers at http:\/\/127.0.0.1:1: .*\.\ncode: RPC_UNREACHABLE\n/);

  const again = await cli('keys', 'new-node', '-o', key);
  assert.deepEqual([again.code, again.stdout], [1, '']);
  assert.match(again.stderr, /holds a key already/);
});
