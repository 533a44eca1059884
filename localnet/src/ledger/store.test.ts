import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Keypair, SystemProgram } from '@solana/web3.js';
import { fundedKeypair, send } from '../testing.js';
import { Bank } from './bank.js';
import { LedgerError } from './lock.js';
import { Ledger, type LedgerOptions } from './store.js';

describe('Ledger', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'psyche-ledger-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const file = (): string => join(folder, readdirSync(folder).find((name) => name.endsWith('.log'))!);

  function open(options?: LedgerOptions): { ledger: Ledger; bank: Bank } {
    const ledger = Ledger.open(folder, options);
    const bank = new Bank({ manual: true, seed: ledger.seed });
    if (ledger.state) bank.restore(ledger.state);
    ledger.attach(bank);
    return { ledger, bank };
  }

  function transfer(bank: Bank, from: Keypair, to: Keypair, lamports: number): string {
    const { err, signature } = send(bank, [SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to.publicKey, lamports })], [from]);
    assert.equal(err, null);
    return signature;
  }

  it('goes on where it was: accounts, history, blockhashes, slot hashes, duplicates', async () => {
    const first = open();
    const payer = fundedKeypair(first.bank);
    const to = Keypair.generate();
    const signature = transfer(first.bank, payer, to, 1_000_000);
    const { bytes } = first.bank.history.get(signature)!;
    first.bank.advanceSlots(5);
    const { blockhash } = first.bank.latestBlockhash();
    await first.ledger.close();

    const second = open();
    assert.equal(second.bank.slot, first.bank.slot);
    assert.equal(second.bank.genesisHash, first.bank.genesisHash);
    assert.equal(second.bank.latestBlockhash().blockhash, blockhash);
    assert.deepEqual(second.bank.slots.recent.map((s) => s.slot), first.bank.slots.recent.map((s) => s.slot));
    assert.equal(second.bank.getAccount(to.publicKey)?.lamports, 1_000_000n);
    assert.deepEqual(second.bank.history.get(signature)?.postBalances, first.bank.history.get(signature)?.postBalances);
    assert.equal(second.bank.sendTransaction(bytes).err, 'AlreadyProcessed');
    transfer(second.bank, payer, to, 1_000_000);
    assert.equal(second.bank.getAccount(to.publicKey)?.lamports, 2_000_000n);
    await second.ledger.close();
  });

  it('drops what was not written to its end, and what is damaged, and says so', async () => {
    const first = open();
    const payer = fundedKeypair(first.bank);
    const to = Keypair.generate();
    transfer(first.bank, payer, to, 1_000_000);
    first.bank.advanceSlots(1);
    const whole = first.ledger.bytes;
    transfer(first.bank, payer, to, 5_000_000);
    first.bank.advanceSlots(1);
    await first.ledger.close();
    const bytes = readFileSync(file());
    for (const length of [whole + 1, whole + 9, bytes.length - 1]) {
      writeFileSync(file(), bytes.subarray(0, length));
      const said: string[] = [];
      const { bank, ledger } = open({ log: (line) => said.push(line) });
      assert.equal(bank.getAccount(to.publicKey)?.lamports, 1_000_000n);
      assert.match(said.join(), new RegExp(`last ${length - whole} bytes`));
      await ledger.close();
      assert.equal(statSync(file()).size, whole);
    }
    const damaged = Buffer.from(bytes);
    damaged[whole + 40] ^= 1;
    writeFileSync(file(), damaged);
    const { bank, ledger } = open();
    assert.equal(bank.getAccount(to.publicKey)?.lamports, 1_000_000n);
    await ledger.close();
  });

  it('is written anew when it grows, loses nothing by that, and leaves one file', async () => {
    const first = open({ compactBytes: 20_000 });
    const payer = fundedKeypair(first.bank);
    const to = Keypair.generate();
    let before = 0;
    let shrunk = false;
    for (let i = 0; i < 80; i++) {
      transfer(first.bank, payer, to, 1_000_000 + i);
      first.bank.advanceSlots(1);
      await new Promise(setImmediate);
      shrunk ||= first.ledger.bytes < before;
      before = first.ledger.bytes;
    }
    await first.ledger.close();
    assert.equal(shrunk, true);
    assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith('ledger')).length, 1);
    const second = open();
    assert.equal(second.bank.getAccount(to.publicKey)?.lamports, first.bank.getAccount(to.publicKey)?.lamports);
    assert.equal(second.bank.history.of(to.publicKey.toBase58()).length, 80);
    assert.equal(second.bank.slot, first.bank.slot);
    await second.ledger.close();
  });

  it('goes on with the old file where it cannot be written anew', async () => {
    const said: string[] = [];
    const { bank, ledger } = open({ compactBytes: 1, log: (line) => said.push(line) });
    // Nobody can write where a folder is.
    mkdirSync(join(folder, 'ledger-2.log.tmp'));
    const to = Keypair.generate().publicKey.toBase58();
    bank.airdrop(to, 1_000_000n);
    bank.advanceSlots(1);
    await ledger.close();
    assert.equal(said.length, 1);
    assert.match(said[0], /could not be written anew and goes on growing: .*EISDIR/);
    const again = open();
    assert.equal(again.bank.slot, bank.slot);
    assert.equal(again.bank.getAccount(to)?.lamports, 1_000_000n);
    await again.ledger.close();
  });

  it('belongs to one process at a time, begins anew with reset, and refuses what is no ledger', async () => {
    const { ledger, bank } = open();
    assert.throws(() => Ledger.open(folder), LedgerError);
    bank.advanceSlots(1);
    await ledger.close();
    // Left by a process that is gone, or whose number another one has now.
    for (const stale of ['4194305 77', `${process.pid} 1`, 'nonsense', '']) {
      if (process.platform !== 'linux' && stale.startsWith(String(process.pid))) continue;
      writeFileSync(join(folder, 'lock'), stale);
      await open().ledger.close();
    }
    const reset = Ledger.open(folder, { reset: true });
    assert.equal(reset.state, null);
    assert.notDeepEqual(reset.seed, ledger.seed);
    await reset.close();
    truncateSync(file(), 0);
    appendFileSync(file(), 'something else');
    assert.throws(() => Ledger.open(folder), /no ledger of this version/);
  });
});
