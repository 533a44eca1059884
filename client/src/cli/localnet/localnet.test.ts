import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { Keypair } from '@solana/web3.js';
import { WebSocket } from 'ws';
import { PROJECT_ROOT } from '../../version.js';
import { givenPrograms } from './handler.js';

describe('psyche-client localnet', () => {
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

  it('has the project\'s programs, says where it is, and ends when told to: clients are told, the ledger is whole', { timeout: 60_000 }, async () => {
    const ledger = mkdtempSync(join(tmpdir(), 'psyche-localnet-'));
    const mint = Keypair.generate().publicKey.toBase58();
    const args = ['localnet', '--port', '0', '--ledger', ledger, '--allow-remote', '--mint', mint];
    const child = run(args);
    const exited = once(child, 'exit');
    let closed: Promise<unknown[]> | undefined;
    let said = '';
    for await (const line of createInterface(child.stdout!)) {
      said += `${line}\n`;
      if (!line.startsWith('Ctrl-C')) continue;
      const url = /RPC +(http:\S+)/.exec(said)![1];
      const { default: { address } } = await import('../../../../idl/coordinator.json', { with: { type: 'json' } });
      const ask = async (method: string, ...params: unknown[]) => {
        const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
        const reply = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
        return (await reply.json()) as { result: { value: never }; error?: { message: string } };
      };
      const info = await ask('getAccountInfo', address, { encoding: 'base64', commitment: 'processed' });
      assert.equal((info.result.value as { executable: boolean }).executable, true);
      assert.equal((await ask('getBalance', mint, { commitment: 'processed' })).result.value, 5e17);
      assert.match((await ask('requestAirdrop', mint, 1)).error!.message, /faucet/);
      const socket = new WebSocket(/PubSub +(ws:\S+)/.exec(said)![1]);
      await once(socket, 'open');
      closed = once(socket, 'close');
      child.kill('SIGTERM');
    }
    assert.deepEqual(await exited, [143, null]);
    assert.deepEqual((await closed!).map(String), ['1001', 'the validator is stopping']);
    assert.match(said, new RegExp(`faucet +off.*\\n +mint +${mint} has all of the SOL`));
    const { Ledger } = await import('../../../../localnet/src/ledger/store.js');
    const lines: string[] = [];
    const kept = Ledger.open(ledger, { log: (line) => lines.push(line) });
    assert.deepEqual([lines, kept.state?.accounts.get(mint)?.lamports], [[], 500_000_000_000_000_000n]);
    await kept.close();
    rmSync(ledger, { recursive: true });
  });

  it('refuses to be reachable from elsewhere unless that is asked for', { timeout: 60_000 }, async () => {
    const child = run(['localnet', '--host', '0.0.0.0']);
    let said = '';
    child.stderr!.on('data', (text) => (said += String(text)));
    assert.deepEqual(await once(child, 'exit'), [1, null]);
    assert.match(said, /^error: 0\.0\.0\.0 can be reached from other machines: add --allow-remote/);
  });
});

function run(args: string[]): ChildProcess {
  const main = join(PROJECT_ROOT, 'client', 'src', 'cli', 'main.ts');
  return spawn(process.execPath, ['--import', 'tsx', main, ...args], { stdio: ['ignore', 'pipe', 'pipe'], cwd: PROJECT_ROOT });
}
