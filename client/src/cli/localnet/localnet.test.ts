import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { Keypair } from '@solana/web3.js';
import { PROJECT_ROOT } from '../../version.js';
import { givenPrograms } from './handler.js';
import { loopback } from './options.js';

describe('psyche-client localnet', () => {
  it('listens on this machine only, and says why', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) assert.equal(loopback(host), host);
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'example.org', '127.0.0.1.example.org', '']) {
      assert.throws(() => loopback(host), /this machine only[^]*faucet/);
    }
  });

  it('takes programs by address or keypair file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'psyche-localnet-'));
    try {
      const key = Keypair.generate();
      const file = join(folder, 'key.json');
      writeFileSync(file, JSON.stringify([...key.secretKey]));
      const id = key.publicKey.toBase58();
      assert.deepEqual(givenPrograms([file, 'a.so', id, 'b.so']), [{ id, path: 'a.so' }, { id, path: 'b.so' }]);
      assert.throws(() => givenPrograms([id]), /two values/);
      writeFileSync(file, '[1,2]');
      assert.throws(() => givenPrograms([file, 'a.so']), /not a keypair file/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has the project\'s programs, says where it is, and ends when told to', { timeout: 30_000 }, async () => {
    const main = join(PROJECT_ROOT, 'client', 'src', 'cli', 'main.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', main, 'localnet', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'], cwd: PROJECT_ROOT });
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    for await (const line of createInterface(child.stdout)) {
      const [, url] = /RPC +(http:\S+)/.exec(line) ?? [];
      if (!url) continue;
      const { default: { address } } = await import('../../../../idl/coordinator.json', { with: { type: 'json' } });
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'getAccountInfo', params: [address, { encoding: 'base64', commitment: 'processed' }] });
      const reply = (await (await fetch(url, { method: 'POST', body })).json()) as { result: { value: { executable: boolean } } };
      assert.equal(reply.result.value.executable, true);
      child.kill('SIGTERM');
    }
    assert.equal(await exited, 143);
  });
});
