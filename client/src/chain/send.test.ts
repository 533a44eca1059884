import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { Keypair, LAMPORTS_PER_SOL, SystemProgram } from '@solana/web3.js';
import { startValidator, type Validator } from '../../../localnet/src/index.js';
import { Chain } from './chain.js';
import { isOutOfUnits } from './out-of-units.js';
import { programIds } from './program-ids.js';
import type { Call } from './transaction.js';

/** An RPC node behind which `lose` transactions get lost: it takes them, and forgets them. */
class LossyNode {
  lose = 0;
  sent = 0;
  constructor(
    readonly server: Server,
    readonly url: string,
  ) {}

  static async before(upstream: string): Promise<LossyNode> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString();
      const { id, method } = JSON.parse(body) as { id: unknown; method: string };
      response.setHeader('content-type', 'application/json');
      if (method === 'sendTransaction' && node.sent++ < node.lose) {
        return void response.end(JSON.stringify({ jsonrpc: '2.0', id, result: '1'.repeat(64) }));
      }
      const answer = await fetch(upstream, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
      response.end(await answer.text());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const node = new LossyNode(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return node;
  }
}

const payer = Keypair.generate();
let validator: Validator;
let node: LossyNode;
let chain: Chain;

before(async () => {
  validator = await startValidator({ port: 0, slotMs: 20 });
  node = await LossyNode.before(validator.url);
  chain = open(validator.url, validator.wsUrl);
  await chain.connection.requestAirdrop(payer.publicKey, 10 * LAMPORTS_PER_SOL);
  while ((await chain.balance(payer.publicKey)) === 0n);
});
after(async () => {
  chain.close();
  node.server.closeAllConnections();
  node.server.close();
  await validator.stop();
});

function open(rpcUrl: string, wsUrl: string): Chain {
  return new Chain({ rpcUrl, wsUrl, commitment: 'confirmed', programs: programIds(), resendMs: 100 });
}

function transfer(to: Keypair, lamports: number): Call {
  const instruction = SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: to.publicKey, lamports });
  return { name: 'transfer', instruction, computeUnits: 150 };
}

test('sends, confirms, and counts what it cost', async () => {
  const [to, held] = [Keypair.generate(), await chain.balance(payer.publicKey)];
  const counted = { ...chain.spent };
  const sent = await chain.send([transfer(to, 1_000_000), transfer(to, 1_000_000)], { signers: [payer] });
  assert.equal(await chain.balance(to.publicKey), 2_000_000n);
  assert.equal(sent.fee, 5000n);
  assert.equal(held - (await chain.balance(payer.publicKey)), 2_005_000n);
  assert.deepEqual(chain.spent, { transactions: counted.transactions + 1, fees: counted.fees + 5000n });
});

test('equal transactions at once are as many transactions', async () => {
  const to = Keypair.generate();
  const sent = await Promise.all([1, 2, 3].map(() => chain.send([transfer(to, 1_000_000)], { signers: [payer] })));
  assert.equal(new Set(sent.map((s) => s.signature)).size, 3);
  assert.equal(await chain.balance(to.publicKey), 3_000_000n);
});

test('what must fail is stopped before anybody pays', async () => {
  const held = await chain.balance(payer.publicKey);
  await assert.rejects(chain.send([transfer(Keypair.generate(), 100 * LAMPORTS_PER_SOL)], { signers: [payer] }), {
    code: 'NO_FUNDS',
    programError: { program: SystemProgram.programId.toBase58(), name: 'NoFunds', number: 1, message: 'The paying account has not enough SOL: send it some.' },
  });
  const poor = Keypair.generate();
  const instruction = SystemProgram.transfer({ fromPubkey: poor.publicKey, toPubkey: payer.publicKey, lamports: 1 });
  await assert.rejects(chain.send([{ name: 'transfer', instruction, computeUnits: 150 }], { signers: [poor] }), { code: 'NO_FUNDS' });
  assert.equal(await chain.balance(payer.publicKey), held);
});

test('asks for the most units where those that should do did not, and nobody pays for the first try', async () => {
  const [to, before] = [Keypair.generate(), { ...chain.spent }];
  const call = { ...transfer(to, 1_000_000), computeUnits: 0 };
  await assert.rejects(chain.send([call], { signers: [payer] }), (error) => isOutOfUnits(error));
  const sent = await chain.send([{ ...call, mostUnits: 150 }], { signers: [payer] });
  assert.equal(await chain.balance(to.publicKey), 1_000_000n);
  assert.deepEqual(chain.spent, { transactions: before.transactions + 1, fees: before.fees + sent.fee });
});

test('sends again what got lost, and works without notifications', async () => {
  const lossy = open(node.url, 'ws://127.0.0.1:1');
  const to = Keypair.generate();
  Object.assign(node, { lose: 2, sent: 0 });
  await lossy.send([transfer(to, 1_000_000)], { signers: [payer] });
  assert.equal(await chain.balance(to.publicKey), 1_000_000n);
  assert.ok(node.sent >= 3);
  lossy.close();
});

test('gives up when the blockhash is too old, and when told to', async () => {
  const lossy = open(node.url, validator.wsUrl);
  Object.assign(node, { lose: Infinity, sent: 0 });
  await assert.rejects(lossy.send([transfer(Keypair.generate(), 1_000_000)], { signers: [payer] }), { code: 'TRANSACTION_EXPIRED' });
  const controller = new AbortController();
  const reason = new Error('enough');
  const sending = lossy.send([transfer(Keypair.generate(), 1_000_000)], { signers: [payer], signal: controller.signal });
  setImmediate(() => controller.abort(reason));
  await assert.rejects(sending, reason);
  lossy.close();
});

test('a transaction that is too long says so', async () => {
  const calls = Array.from({ length: 60 }, () => transfer(Keypair.generate(), 1));
  await assert.rejects(chain.send(calls, { signers: [payer] }), { code: 'TRANSACTION_INVALID' });
});
