import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Connection, Keypair, LAMPORTS_PER_SOL, SystemProgram, Transaction } from '@solana/web3.js';
import { ListenError, startValidator, type Validator } from './index.js';
import { CLIENT_LIMITS } from './rpc/clients.js';
import { exchange, post11 } from './testing/raw-http.js';

const ALL = 500_000_000 * LAMPORTS_PER_SOL;

describe('a validator that strangers can reach', () => {
  const folder = mkdtempSync(join(tmpdir(), 'psyche-remote-'));
  const mint = Keypair.generate();
  let validator: Validator;
  const open = (): Promise<Validator> => startValidator({
    port: 0, host: '0.0.0.0', allowRemote: true, slotMs: 40, ledger: folder, mint: mint.publicKey.toBase58(),
  });
  before(async () => {
    validator = await open();
  });
  after(async () => {
    await validator.stop();
    rmSync(folder, { recursive: true });
  });

  const local = (): string => validator.url.replace('0.0.0.0', '127.0.0.1');
  const connect = (): Connection => new Connection(local(), 'confirmed');

  it('has to be asked for, and has no faucet', async () => {
    await assert.rejects(startValidator({ host: '0.0.0.0' }), (error: unknown) =>
      error instanceof ListenError && /reached from other machines: add --allow-remote.*--mint/.test(error.message));
    await assert.rejects(startValidator({ host: '0.0.0.0', allowRemote: true, faucet: true }), /no faucet with --allow-remote/);
    await assert.rejects(startValidator({ mint: 'nobody' }), /must be an address/);
    await assert.rejects(connect().requestAirdrop(mint.publicKey, 1), /faucet/);
    assert.equal(validator.bank.getAccount(validator.bank.faucet.address), null);
  });

  it('gives the SOL of a new chain to a key, which can pay for others, and not again after a restart', async () => {
    const other = Keypair.generate().publicKey;
    const connection = connect();
    const { total } = (await connection.getSupply({ commitment: 'processed' })).value;
    assert.ok(total >= ALL && total < 2 * ALL);
    await connection.sendTransaction(new Transaction().add(
      SystemProgram.transfer({ fromPubkey: mint.publicKey, toPubkey: other, lamports: LAMPORTS_PER_SOL }),
    ), [mint]);
    await validator.stop();
    validator = await open();
    await once(validator.bank, 'slot');
    assert.equal(await connect().getBalance(mint.publicKey), ALL - LAMPORTS_PER_SOL - 5_000);
    assert.equal(await connect().getBalance(other), LAMPORTS_PER_SOL);
    assert.equal(validator.bank.getAccount(validator.bank.faucet.address), null);
  });

  it('refuses who asks too much, by address, and tells when to come again', async () => {
    const request = (forwarded: string, method = 'getHealth'): string =>
      post11(`{"jsonrpc":"2.0","id":1,"method":"${method}"}`, `x-forwarded-for: ${forwarded}\r\n`);
    const batch = JSON.stringify(Array.from({ length: 1000 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'getSupply' })));
    assert.ok(CLIENT_LIMITS.burst < 10_000);
    assert.equal((await exchange(local(), post11(batch, 'x-forwarded-for: 203.0.113.7\r\n')))[0].status, 200);
    const [refused] = await exchange(local(), request('203.0.113.7'));
    assert.equal(refused.status, 429);
    assert.match(refused.head, /retry-after: \d+/);
    assert.match(refused.body, /"code":429,"message":"Too many requests from your address: wait \d+ s"/);
    assert.equal((await exchange(local(), request('203.0.113.8')))[0].status, 200);
  });
});
