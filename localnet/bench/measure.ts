import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, Keypair, type PublicKey, SystemProgram, Transaction } from '@solana/web3.js';
import bs58 from 'bs58';
import { Feed } from '../conformance/feed.js';
import { signedBytes } from '../src/ledger/signing.js';

export interface Load {
  /** Transfers of the throughput test. */
  readonly transfers: number;
  /** HTTP connections that they are sent on. */
  readonly connections: number;
  /** Transfers that are sent one after the other, each awaited. */
  readonly confirmations: number;
}

export interface Figures {
  /** From the first transfer sent to the last confirmed. */
  readonly transactionsPerSecond: number;
  /** How many of them the validator took and then lost. */
  readonly lost: number;
  /** From sending to the notification that the transfer is confirmed. */
  readonly confirmationP50Ms: number;
  readonly confirmationP99Ms: number;
}

const BLOCKHASH_SLOTS = 32;

/** Measures a validator from outside, as a client sees it. */
export async function measure(url: string, wsUrl: string, load: Load): Promise<Figures> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const connection = new Connection(url, 'confirmed');
  try {
    const payer = await funded(connection);
    const confirmations = await confirmationTimes(connection, wsUrl, payer, load.confirmations);
    const { lost, seconds } = await throughput(url, agent, connection, payer, load.transfers);
    return {
      transactionsPerSecond: (load.transfers - lost) / seconds, lost,
      confirmationP50Ms: quantile(confirmations, 0.5), confirmationP99Ms: quantile(confirmations, 0.99),
    };
  } finally {
    agent.destroy();
  }
}

/** A key with 100 SOL. */
async function funded(connection: Connection): Promise<Keypair> {
  const payer = Keypair.generate();
  await connection.requestAirdrop(payer.publicKey, 100_000_000_000);
  while (await connection.getBalance(payer.publicKey) === 0) await sleep(20);
  return payer;
}

async function confirmationTimes(connection: Connection, wsUrl: string, payer: Keypair, count: number): Promise<number[]> {
  const feed = await Feed.open(wsUrl);
  const times: number[] = [];
  try {
    for (let i = 0; i < count; i++) {
      const { blockhash } = await connection.getLatestBlockhash();
      const bytes = transfer(payer, Keypair.generate().publicKey, 1_000_000 + i, blockhash);
      const { result } = await feed.call('signatureSubscribe', [bs58.encode(bytes.subarray(1, 65)), { commitment: 'confirmed' }]);
      const sent = performance.now();
      await connection.sendRawTransaction(bytes, { preflightCommitment: 'confirmed' });
      await feed.notifications(result as number, 1);
      times.push(performance.now() - sent);
    }
  } finally {
    feed.close();
  }
  return times;
}

/** Sends all at once and asks until the last is confirmed, or none of them can land any more. */
async function throughput(
  url: string, agent: Agent, connection: Connection, payer: Keypair, count: number,
): Promise<{ seconds: number; lost: number }> {
  const { blockhash } = await connection.getLatestBlockhash();
  const to = Keypair.generate().publicKey;
  const transactions = Array.from({ length: count }, (_, i) => transfer(payer, to, 1_000_000 + i, blockhash));
  const missing = new Set(transactions.map((bytes) => bs58.encode(bytes.subarray(1, 65))));
  const before = await connection.getSlot();
  const started = performance.now();
  await Promise.all(transactions.map((bytes) => send(url, agent, Buffer.from(bytes).toString('base64'))));
  let last = performance.now();
  while (missing.size > 0) {
    for (const signatures of chunks([...missing], 256)) {
      const { value } = await connection.getSignatureStatuses(signatures);
      value.forEach((status, i) => {
        if (status && status.confirmationStatus !== 'processed' && missing.delete(signatures[i])) last = performance.now();
      });
    }
    if (await connection.getSlot() > before + BLOCKHASH_SLOTS * 5) break;
    await sleep(20);
  }
  return { lost: missing.size, seconds: (last - started) / 1000 };
}

function transfer(payer: Keypair, to: PublicKey, lamports: number, recentBlockhash: string): Uint8Array {
  const instruction = SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: to, lamports });
  return signedBytes(new Transaction({ feePayer: payer.publicKey, recentBlockhash }).add(instruction), [payer]);
}

function send(url: string, agent: Agent, encoded: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const params = [encoded, { encoding: 'base64', skipPreflight: true }];
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'sendTransaction', params });
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const call = request({ hostname, port, method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => (text.includes('"result"') ? resolve() : reject(new Error(text))));
    });
    call.on('error', reject);
    call.end(body);
  });
}

function* chunks<T>(list: readonly T[], size: number): Generator<T[]> {
  for (let i = 0; i < list.length; i += size) yield list.slice(i, i + size);
}

const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
