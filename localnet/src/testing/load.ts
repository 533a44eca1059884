/**
 * Measures what many requests, sockets and large bodies cost a validator in a process of its own, and how long it takes to
 * start again from a long ledger. Prints; asserts only that every answer is right.
 *
 *     node --import tsx localnet/src/testing/load.ts [transactions in the ledger, 100000 unless told]
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Keypair } from '@solana/web3.js';
import { WebSocket } from 'ws';
import { Bank } from '../ledger/bank.js';
import { Ledger } from '../ledger/store.js';
import { startValidator } from '../validator.js';
import { exchange, post11 } from './raw-http.js';

const MiB = 1024 * 1024;
const REQUESTS = 10_000;

if (process.send) await beServer();
else await measure();

/** The process that is measured. */
async function beServer(): Promise<void> {
  const folder = process.argv[2];
  const started = performance.now();
  const validator = await startValidator({ port: 0, ledger: folder, historyLimit: 10_000 });
  process.send!({ url: validator.url, wsUrl: validator.wsUrl, ms: performance.now() - started, slot: validator.bank.slot });
  process.on('message', () => process.send!(validator.stats()));
  process.on('disconnect', () => void validator.stop());
}

async function serve(folder?: string) {
  const child = fork(fileURLToPath(import.meta.url), folder ? [folder] : []);
  const [{ ms, slot, url, wsUrl }] = (await once(child, 'message')) as [{ ms: number; slot: number; url: string; wsUrl: string }];
  const rss = (field = 'VmRSS'): number => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024;
  const report = (what: string, started: number): void => {
    const took = performance.now() - started;
    console.log(`${what.padEnd(58)} ${took.toFixed(0).padStart(6)} ms   RSS ${rss().toFixed(0)} MiB, at most ${rss('VmHWM').toFixed(0)} MiB`);
  };
  const end = async (): Promise<void> => {
    child.disconnect();
    await once(child, 'exit');
  };
  return { url, wsUrl, ms, slot, rss, report, end };
}

async function measure(): Promise<void> {
  const request = (id: number) => ({ jsonrpc: '2.0', id, method: 'getMinimumBalanceForRentExemption', params: [id] });
  const right = ({ id, result }: { id: number; result: number }): void => assert.equal(result, (128 + id) * 6_960);
  const server = await serve();
  server.report('started', performance.now() - server.ms);

  for (const connections of [500, 5_000]) {
    const started = performance.now();
    const each = REQUESTS / connections;
    const answers = await Promise.all(Array.from({ length: connections }, (_, c) => exchange(
      server.url, Array.from({ length: each }, (_, i) => post11(JSON.stringify(request(each * c + i)))).join(''), each,
    )));
    assert.equal(answers.flat().length, REQUESTS);
    for (const { body } of answers.flat()) right(JSON.parse(body) as { id: number; result: number });
    server.report(`${REQUESTS} requests at once on ${connections} connections`, started);
  }

  let started = performance.now();
  const batches = await Promise.all(Array.from({ length: REQUESTS / 1_000 }, async (_, b) => {
    const body = JSON.stringify(Array.from({ length: 1_000 }, (_, i) => request(1_000 * b + i)));
    return JSON.parse((await exchange(server.url, post11(body)))[0].body) as { id: number; result: number }[];
  }));
  batches.flat().forEach(right);
  assert.equal(batches.flat().length, REQUESTS);
  server.report(`${REQUESTS} requests in batches of 1,000`, started);

  started = performance.now();
  const large = post11(' '.repeat(16 * MiB));
  for (let i = 0; i < 10; i++) assert.equal((await exchange(server.url, large))[0].status, 413);
  server.report('10 bodies of 16 MiB, one after the other', started);
  started = performance.now();
  await Promise.all(Array.from({ length: 20 }, async () => assert.equal((await exchange(server.url, large))[0].status, 413)));
  server.report('20 bodies of 16 MiB at once', started);

  started = performance.now();
  const sockets = await Promise.all(Array.from({ length: 1_000 }, async () => {
    const socket = new WebSocket(server.wsUrl);
    await once(socket, 'open');
    socket.send('{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}');
    await once(socket, 'message');
    return socket;
  }));
  await Promise.all(sockets.map((socket) => once(socket, 'message')));
  server.report('1,000 WebSockets, each told of a slot', started);
  started = performance.now();
  await Promise.all(sockets.map((socket) => {
    socket.close();
    return once(socket, 'close');
  }));
  server.report('... and closed', started);
  await server.end();
  await restart(Number(process.argv[2] ?? 100_000));
}

/** Writes a ledger with so many transactions, then starts from it. */
async function restart(transactions: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'psyche-load-'));
  try {
    const ledger = Ledger.open(folder, { compactBytes: Infinity });
    const bank = new Bank({ seed: ledger.seed });
    ledger.attach(bank);
    const started = performance.now();
    const to = Array.from({ length: 1_000 }, () => Keypair.generate().publicKey.toBase58());
    for (let i = 0; i < transactions; i++) {
      assert.equal(bank.airdrop(to[i % to.length], 1_000_000n).err, null);
      if (i % 100 < 99) continue;
      bank.advanceSlots(1);
      await new Promise(setImmediate);
    }
    await ledger.close();
    const file = join(folder, 'ledger-1.log');
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? ledger.bytes;
    console.log(`${transactions} transactions written in ${((performance.now() - started) / 1000).toFixed(1)} s, ledger ${(size / MiB).toFixed(0)} MiB`);
    const server = await serve(folder);
    assert.ok(server.slot >= bank.slot);
    server.report('started again from it', performance.now() - server.ms);
    await server.end();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
