import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../client/src/cli/main.ts', import.meta.url));

/** Processes whose command line has `text` in it, zombies left out; Linux only. */
function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      } catch {
        return false;
      }
    })
    .map(Number);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  test(`${signal} in the middle of the demo leaves no process behind`, { timeout: 90_000, skip: process.platform !== 'linux' }, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'psyche-interrupt-'));
    const dev = spawn(process.execPath, ['--import', 'tsx', main, 'dev', '--clients', '2', '--dir', dir], { stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      let said = '';
      dev.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const started = new Promise<void>((resolve, reject) => {
        dev.stdout.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          if (/client 2 is node/.test(said)) resolve();
        });
        dev.once('exit', () => reject(new Error(`dev ended by itself:\n${said}`)));
      });
      await started;
      // Each client's command line names its state folder, which is in `dir`.
      assert.equal(processesWith(dir).filter((pid) => pid !== dev.pid).length, 2);
      dev.kill(signal);
      const [code] = (await once(dev, 'exit')) as [number | null];
      if (signal !== 'SIGKILL') assert.equal(code, signal === 'SIGINT' ? 130 : 143, said);
      const deadline = Date.now() + 10_000;
      while (processesWith(dir).length > 0 && Date.now() < deadline) await new Promise((r) => setTimeout(r, 50));
      assert.deepEqual(processesWith(dir), []);
      if (signal !== 'SIGKILL') assert.deepEqual(readdirSync(dir), [], 'keys and state are gone too');
    } finally {
      dev.kill('SIGKILL');
      for (const pid of processesWith(dir)) process.kill(pid, 'SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    }
  });
}
