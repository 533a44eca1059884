import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Connection, Keypair, type ParsedTransactionWithMeta, SystemProgram } from '@solana/web3.js';
import { fundedKeypair, send } from '../testing.js';
import { startValidator } from '../validator.js';
import { Bank } from './bank.js';
import { parts } from './entries.js';
import { Journal } from './journal.js';
import { LedgerError } from './lock.js';
import { Ledger } from './store.js';

const SOURCE = new URL('..', import.meta.url).href;

describe('what a ledger survives', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'psyche-ledger-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function open(at = folder, log?: (line: string) => void): { ledger: Ledger; bank: Bank } {
    const ledger = Ledger.open(at, { log });
    const bank = new Bank({ manual: true, seed: ledger.seed });
    if (ledger.state) bank.restore(ledger.state);
    ledger.attach(bank);
    return { ledger, bank };
  }

  /** Runs code with a validator on the folder in a process of its own; `limit` is how many bytes a file may have. */
  function child(code: string, limit = 'unlimited') {
    const program = `import { startValidator } from '${SOURCE}validator.js';
      import { Keypair, SystemProgram, Transaction, Connection } from '@solana/web3.js';
      const validator = await startValidator({ port: 0, slotMs: 50, ledger: ${JSON.stringify(folder)}, log: (line) => console.error(line) });
      ${code}`;
    const blocks = limit === 'unlimited' ? limit : String(Math.floor(Number(limit) / 512));
    const started = spawn('sh', ['-c', `ulimit -f ${blocks} && exec "$@"`, 'sh', process.execPath, '--import', 'tsx', '--input-type=module', '-e', program],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    return { started, exit: once(started, 'exit') as Promise<[number | null, NodeJS.Signals | null]> };
  }

  it('has all that was confirmed when it was killed under load: balances, statuses, transactions', { timeout: 60_000 }, async () => {
    const { started, exit } = child(`
      const payer = Keypair.generate();
      const { bank, url } = validator;
      bank.airdrop(payer.publicKey.toBase58(), 10n ** 15n);
      const connection = new Connection(url, 'confirmed');
      // Written in one go per slot, when it is confirmed: what is not read was not told.
      bank.on('slot', ({ slot }, records) => console.log(JSON.stringify({
        slot, payer: payer.publicKey.toBase58(), lamports: String(bank.getAccount(payer.publicKey, 'confirmed').lamports),
        signatures: records.filter((r) => r.accountKeys[0] === payer.publicKey.toBase58()).map((r) => r.signature),
      })));
      for (;;) {
        const { blockhash } = bank.latestBlockhash();
        await Promise.all(Array.from({ length: 10 }, async () => {
          const tx = new Transaction({ feePayer: payer.publicKey, recentBlockhash: blockhash })
            .add(SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: Keypair.generate().publicKey, lamports: 1_000_000 }));
          tx.sign(payer);
          await connection.sendRawTransaction(tx.serialize(), { skipPreflight: true });
        }));
      }`);
    started.stderr!.pipe(process.stderr);
    const told: { slot: number; payer: string; lamports: string; signatures: string[] }[] = [];
    let count = 0;
    for await (const line of createInterface(started.stdout!)) {
      told.push(JSON.parse(line) as (typeof told)[number]);
      count += told.at(-1)!.signatures.length;
      if (count > 100 && !started.killed) started.kill('SIGKILL');
    }
    assert.deepEqual(await exit, [null, 'SIGKILL']);
    const last = told.at(-1)!;
    const validator = await startValidator({ port: 0, slotMs: 50, ledger: folder });
    try {
      const connection = new Connection(validator.url, 'confirmed');
      const signatures = told.flatMap((t) => t.signatures);
      for (let i = 0; i < signatures.length; i += 256) {
        const { value } = await connection.getSignatureStatuses(signatures.slice(i, i + 256), { searchTransactionHistory: true });
        assert.ok(value.every((status) => status?.err === null && status.confirmationStatus !== 'processed'));
      }
      let paid = 0n;
      for (const signature of signatures) {
        const { meta } = validator.bank.history.get(signature) ? await transaction(connection, signature) : { meta: null };
        assert.equal(meta?.err, null);
        paid += BigInt(meta!.preBalances[0] - meta!.postBalances[0]);
      }
      assert.equal(paid, BigInt(signatures.length) * 1_005_000n);
      // The one slot after the last that was told of may be there as well.
      const now = validator.bank.getAccount(last.payer)!.lamports;
      const later = validator.bank.history.of(last.payer).filter((r) => r.slot > last.slot).length;
      assert.equal(now, BigInt(last.lamports) - BigInt(later) * 1_005_000n);
      assert.ok(validator.bank.slot > last.slot);
    } finally {
      await validator.stop();
    }
  });

  it('goes on from any byte at which its file may end', async () => {
    const { bank, ledger } = open();
    const payer = fundedKeypair(bank);
    const to = Keypair.generate().publicKey;
    bank.advanceSlots(1);
    const sizes: number[] = [];
    const balances: (bigint | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      sizes.push(ledger.bytes);
      balances.push(bank.getAccount(to)?.lamports);
      send(bank, [SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: to, lamports: 1_000_000 + i })], [payer]);
      bank.advanceSlots(1);
    }
    await ledger.close();
    const name = readdirSync(folder).find((n) => n.endsWith('.log'))!;
    const path = join(folder, name);
    const bytes = readFileSync(path);
    const torn = join(folder, 'torn');
    mkdirSync(torn);
    for (let length = bytes.length - 1; length >= sizes[0]; length--) {
      const slot = sizes.findLastIndex((size) => size <= length);
      truncateSync(path, length);
      const { journal } = Journal.open(path, () => true);
      assert.equal(journal.size, sizes[slot], `${length}`);
      journal.discard();
      if (length % 500 > 0 && !sizes.includes(length + 1)) continue;
      writeFileSync(join(torn, name), bytes.subarray(0, length));
      const opened = Ledger.open(torn);
      assert.equal(opened.state?.accounts.get(to.toBase58())?.lamports, balances[slot]);
      assert.equal(opened.bytes, sizes[slot]);
      await opened.close();
    }
    // Where even the beginning is gone it says so, and leaves the file as it is.
    for (const length of [0, 7, 20]) {
      writeFileSync(join(torn, name), bytes.subarray(0, length));
      assert.throws(() => Ledger.open(torn), /its beginning is damaged: use --reset/);
      assert.equal(readFileSync(join(torn, name)).length, length);
    }
  });

  it('takes a slot with many large accounts whole, or not at all', async () => {
    const first = open();
    const addresses = Array.from({ length: 5 }, () => Keypair.generate().publicKey.toBase58());
    const fill = (bytes: number, byte: number): void => {
      for (const a of addresses) first.bank.setAccount(a, { lamports: 1n, owner: addresses[0], executable: false, data: Buffer.alloc(bytes, byte) });
      first.bank.advanceSlots(1);
    };
    fill(10, 1);
    const whole = first.ledger.bytes;
    fill(10 * 1024 * 1024, 2);
    await first.ledger.close();
    const name = readdirSync(folder).find((n) => n.endsWith('.log'))!;
    const bytes = readFileSync(join(folder, name));
    // The first of the second slot's parts is there, the others are not.
    writeFileSync(join(folder, name), bytes.subarray(0, whole + 45 * 1024 * 1024));
    const second = Ledger.open(folder);
    assert.equal(second.bytes, whole);
    assert.deepEqual([...new Set(addresses.map((a) => second.state!.accounts.get(a)!.data[0]))], [1]);
    await second.close();
    assert.equal([...parts({ slots: [], records: [], accounts: [] })].length, 1);
  });

  it('stops with a sentence when the disk is full, has lost nothing, and goes on when there is room', { timeout: 60_000 }, async () => {
    const { started, exit } = child(`
      const { bank } = validator;
      const to = '${Keypair.generate().publicKey.toBase58()}';
      bank.on('slot', ({ slot }) => {
        console.log(JSON.stringify({ slot, to, lamports: String(bank.getAccount(to, 'confirmed')?.lamports ?? 0) }));
        for (let i = 0; i < 20; i++) bank.airdrop(to, 1_000_000n);
      });
      await validator.ended.catch((error) => {
        console.error(error.code);
        process.exitCode = 7;
      });`, '200000');
    let last = '';
    let said = '';
    started.stderr!.on('data', (text) => (said += String(text)));
    for await (const line of createInterface(started.stdout!)) last = line;
    assert.deepEqual(await exit, [7, null]);
    assert.match(said, /cannot write to .*ledger-1\.log: .*(EFBIG|ENOSPC)[^]*Make room[^]*start again[^]*\nLEDGER/);
    const { lamports, slot, to } = JSON.parse(last) as { lamports: string; slot: number; to: string };
    const lines: string[] = [];
    const { bank, ledger } = open(folder, (line) => lines.push(line));
    assert.deepEqual(lines, []);
    assert.equal(bank.slot, slot + 1);
    assert.equal(String(bank.getAccount(to)?.lamports ?? 0), lamports);
    bank.advanceSlots(1);
    await ledger.close();
  });

  it('says what to do where nothing can be written', () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    assert.throws(() => Ledger.open(join(file, 'ledger')), (error: unknown) =>
      error instanceof LedgerError && /cannot keep a ledger in .*Choose a folder that can be written with --ledger/.test(error.message));
    // A folder where the file should be: reading it fails, and the lock does not stay.
    mkdirSync(join(folder, 'ledger-1.log'));
    assert.throws(() => Ledger.open(folder), LedgerError);
    assert.equal(existsSync(join(folder, 'lock')), false);
  });

  it('is refused to a second process, and is copied while it runs', async () => {
    const first = await startValidator({ port: 0, ledger: folder });
    await assert.rejects(startValidator({ port: 0, ledger: folder }), /in use by process \d+: stop it/);
    const copy = join(folder, 'copy');
    mkdirSync(copy);
    copyFileSync(join(folder, 'ledger-1.log'), join(copy, 'ledger-1.log'));
    const copied = open(copy);
    assert.equal(copied.bank.genesisHash, first.bank.genesisHash);
    await copied.ledger.close();
    await first.stop();
  });
});

async function transaction(connection: Connection, signature: string): Promise<ParsedTransactionWithMeta> {
  const found = await connection.getParsedTransaction(signature, { maxSupportedTransactionVersion: 0 });
  assert.ok(found);
  return found;
}
