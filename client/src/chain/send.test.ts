import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Keypair, LAMPORTS_PER_SOL, SystemProgram } from '@solana/web3.js';
import { startValidator, type Validator } from '../../../localnet/src/index.js';
import { Chain, type ChainSettings } from './chain.js';
import { isOutOfUnits } from './out-of-units.js';
import { programIds } from './program-ids.js';
import { FaultyNode, type Reply, type Request } from './testing/faulty-node.js';
import type { Call } from './transaction.js';

const payer = Keypair.generate();
let validator: Validator;
/** In front of the validator. */
let node: FaultyNode;
let chain: Chain;

before(async () => {
  validator = await startValidator({ port: 0, slotMs: 20 });
  node = await FaultyNode.start(() => 'forward', validator.url);
  chain = open({ rpcUrl: validator.url, wsUrl: validator.wsUrl });
  await chain.connection.requestAirdrop(payer.publicKey, 10 * LAMPORTS_PER_SOL);
  while ((await chain.balance(payer.publicKey)) === 0n);
});
after(async () => {
  chain.close();
  await node.close();
  await validator.stop();
});

function open(settings: Partial<ChainSettings>): Chain {
  return new Chain({ ...node.endpoint, commitment: 'confirmed', programs: programIds(), resendMs: 100, ...settings });
}

/** A chain behind the faulty node, without notifications. @param fault what it does with the n-th transaction, from 0 */
function faulty(fault: (n: number) => Reply, settings: Partial<ChainSettings> = {}): Chain {
  let n = 0;
  node.requests.length = 0;
  node.reply = ({ method }) => (method === 'sendTransaction' ? fault(n++) : 'forward');
  return open(settings);
}

/** The node takes it, and forgets it. */
const LOST: Reply = { result: '1'.repeat(64) };

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
  const lossy = faulty((n) => (n < 2 ? LOST : 'forward'));
  const to = Keypair.generate();
  await lossy.send([transfer(to, 1_000_000)], { signers: [payer] });
  assert.equal(await chain.balance(to.publicKey), 1_000_000n);
  assert.ok(node.asked('sendTransaction') >= 3);
  lossy.close();
});

test('a transaction whose answer got lost is executed once', async () => {
  const [to, held] = [Keypair.generate(), await chain.balance(payer.publicKey)];
  const broken = faulty((n) => (n === 0 ? 'forward and break' : 'forward'));
  const sent = await broken.send([transfer(to, 1_000_000)], { signers: [payer] });
  assert.equal(await chain.balance(to.publicKey), 1_000_000n);
  assert.equal(held - (await chain.balance(payer.publicKey)), 1_000_000n + sent.fee);
  broken.close();
});

test('what has expired for certain is sent with a fresh blockhash, and executed once', async () => {
  const told: string[] = [];
  let first: unknown;
  node.reply = ({ method, params }: Request) => (method === 'sendTransaction' && params[0] === (first ??= params[0]) ? LOST : 'forward');
  const lossy = open({ tell: (code) => told.push(code) });
  const [to, held] = [Keypair.generate(), await chain.balance(payer.publicKey)];
  const sent = await lossy.send([transfer(to, 1_000_000)], { signers: [payer] });
  assert.equal(await chain.balance(to.publicKey), 1_000_000n);
  assert.equal(held - (await chain.balance(payer.publicKey)), 1_000_000n + sent.fee);
  assert.ok(told.includes('TRANSACTION_LATE'));
  lossy.close();
});

test('a node that pauses, or knows no blockhash yet, or is behind, delays and loses nothing', async () => {
  const to = Keypair.generate();
  const paused = faulty(() => 'hang', { silenceMs: 300 });
  const sending = paused.send([transfer(to, 1_000_000)], { signers: [payer] });
  await node.sees(3, 'sendTransaction');
  node.reply = () => 'forward';
  node.release();
  await sending;
  paused.close();
  for (const error of [{ code: -32002, message: 'Transaction simulation failed: Blockhash not found' }, { code: -32016, message: 'Minimum context slot has not been reached' }]) {
    const behind = faulty((n) => (n < 2 ? { error } : 'forward'));
    await behind.send([transfer(to, 1_000_000)], { signers: [payer] });
    behind.close();
  }
  assert.equal(await chain.balance(to.publicKey), 3_000_000n);
});

test('while a node that has taken a transaction is gone, the others get it', async () => {
  const told: string[] = [];
  const second = await FaultyNode.start(() => 'forward', validator.url);
  const lossy = faulty(() => ((node.reply = () => 'break'), LOST), { fallbacks: [second.endpoint], tell: (code) => told.push(code) });
  const to = Keypair.generate();
  await lossy.send([transfer(to, 1_000_000)], { signers: [payer] });
  assert.equal(await chain.balance(to.publicKey), 1_000_000n);
  assert.ok(told.includes('RPC_FAILOVER'));
  lossy.close();
  await second.close();
});

test('what no node took is not looked for when the next is refused', async () => {
  let refused = 0;
  node.requests.length = 0;
  node.reply = ({ method }) => {
    if (method !== 'sendTransaction') return 'forward';
    return { error: { code: -32002, message: refused++ < 5 ? 'Blockhash not found' : 'Error processing Instruction 1: custom program error: 0x1' } };
  };
  const refusing = open({});
  await assert.rejects(refusing.send([transfer(Keypair.generate(), 1)], { signers: [payer] }), { code: 'NO_FUNDS' });
  assert.equal(refused, 6);
  const history = node.requests.filter((r) => r.method === 'getSignatureStatuses' && (r.params[1] as { searchTransactionHistory?: boolean }).searchTransactionHistory);
  assert.equal(history.length, 0);
  refusing.close();
});

test('a node that hangs does not keep the others from getting a transaction again', async () => {
  const sent: unknown[] = [];
  const second = await FaultyNode.start(({ method, params }) => (method === 'sendTransaction' && sent.push(params[0]) === 1 ? LOST : 'forward'), validator.url);
  const hanging = faulty((n) => (n === 0 ? LOST : 'hang'), { fallbacks: [second.endpoint], patienceMs: 5_000 });
  await hanging.send([transfer(Keypair.generate(), 1_000_000)], { signers: [payer] });
  assert.equal(new Set(sent).size, 1, 'before its blockhash had expired');
  hanging.close();
  await second.close();
});

test('what breaks inside a node, and what only one node says, is no refusal', async () => {
  const to = Keypair.generate();
  const broken = faulty((n) => (n < 2 ? { error: { code: -32603, message: 'Internal error' } } : 'forward'));
  await broken.send([transfer(to, 1_000_000)], { signers: [payer] });
  broken.close();
  const second = await FaultyNode.start(() => 'forward', validator.url);
  const lie = { error: { code: -32002, message: 'Transaction simulation failed: Error processing Instruction 2: custom program error: 0x1' } };
  const lying = faulty(() => lie, { fallbacks: [second.endpoint] });
  await lying.send([transfer(to, 1_000_000)], { signers: [payer] });
  assert.equal(await chain.balance(to.publicKey), 2_000_000n);
  lying.close();
  await second.close();
});

test('a refusal of what landed before, unseen, is no failure', async () => {
  const [from, to] = [Keypair.generate(), Keypair.generate()];
  await chain.send([transfer(from, 2_000_000)], { signers: [payer] });
  const instruction = SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to.publicKey, lamports: 2_000_000 - 5_000 });
  // It lands, no node says so until the next one comes, and for that one nothing is left.
  const different = new Set<unknown>();
  node.reply = ({ method, params }) => {
    if (method === 'sendTransaction') different.add(params[0]);
    const unseen = method === 'getSignatureStatuses' && different.size < 2;
    return unseen ? { result: { context: { slot: 2 ** 40 }, value: [null] } } : 'forward';
  };
  const forgetful = open({});
  const sent = await forgetful.send([{ name: 'transfer', instruction, computeUnits: 150 }], { signers: [from] });
  assert.equal(sent.fee, 5_000n);
  assert.ok(different.size >= 2);
  assert.equal(await chain.balance(to.publicKey), 1_995_000n);
  forgetful.close();
});

/** What a node behind no other says of an epoch in which all blockhashes of today are too old. */
const LATER = { result: { absoluteSlot: 10, blockHeight: 2 ** 40, epoch: 0, slotIndex: 0, slotsInEpoch: 432_000 } };

test('what landed unseen is found when its blockhash is too old, however long ago that was', async () => {
  let epochs = 0;
  node.reply = ({ method, params }) => {
    // The cache of statuses has forgotten it.
    const unseen = method === 'getSignatureStatuses' && !(params[1] as { searchTransactionHistory?: boolean }).searchTransactionHistory;
    if (unseen) return { result: { context: { slot: 2 ** 40 }, value: [null] } };
    return method === 'getEpochInfo' && epochs++ > 0 ? LATER : 'forward';
  };
  const forgetful = open({ patienceMs: 10_000 });
  const to = Keypair.generate();
  await forgetful.send([transfer(to, 1_000_000)], { signers: [payer] });
  assert.equal(await chain.balance(to.publicKey), 1_000_000n);
  forgetful.close();
});

test('one wrong answer about the newest blockhash does no harm', async () => {
  for (const wrong of [{ slot: 2 ** 40 }, { slot: 0 }, { height: 2 ** 40 }, { height: 0 }]) {
    const { context, value } = await chain.connection.getLatestBlockhashAndContext('confirmed');
    let asked = 0;
    const answer = { context: { slot: wrong.slot ?? context.slot }, value: { ...value, lastValidBlockHeight: wrong.height ?? value.lastValidBlockHeight } };
    const first = new Set<unknown>();
    node.requests.length = 0;
    node.reply = ({ method, params }) => {
      if (method === 'getLatestBlockhash' && asked++ === 0) return { result: answer };
      if (method === 'sendTransaction') first.add(params[0]);
      return 'forward';
    };
    const misled = open({ patienceMs: 5_000 });
    await misled.send([transfer(Keypair.generate(), 1_000_000)], { signers: [payer] });
    assert.deepEqual([asked, first.size], [2, 1], JSON.stringify(wrong));
    misled.close();
  }
});

test('a blockhash that nodes refuse does not outlive its time', async () => {
  let [epochs, first] = [0, undefined as unknown];
  node.reply = ({ method, params }) => {
    if (method === 'sendTransaction' && params[0] === (first ??= params[0])) return { error: { code: -32016, message: 'Minimum context slot has not been reached' } };
    return method === 'getEpochInfo' && epochs++ === 1 ? LATER : 'forward';
  };
  const refused = open({ patienceMs: 10_000 });
  await refused.send([transfer(Keypair.generate(), 1_000_000)], { signers: [payer] });
  refused.close();
});

test('gives up when its time is over, and when told to', async () => {
  const lossy = faulty(() => LOST, { patienceMs: 200 });
  await assert.rejects(lossy.send([transfer(Keypair.generate(), 1_000_000)], { signers: [payer] }), { code: 'TRANSACTION_EXPIRED' });
  const controller = new AbortController();
  const reason = new Error('enough');
  for (const when of [() => setImmediate(() => controller.abort(reason)), () => {}]) {
    const sending = lossy.send([transfer(Keypair.generate(), 1_000_000)], { signers: [payer], signal: controller.signal, patienceMs: Infinity });
    when();
    await assert.rejects(sending, reason);
  }
  lossy.close();
  const lost = open({ rpcUrl: 'http://127.0.0.1:1', patienceMs: 100 });
  await assert.rejects(lost.send([transfer(Keypair.generate(), 1_000_000)], { signers: [payer] }), { code: 'RPC_UNREACHABLE' });
  lost.close();
});

test('a transaction that is too long says so', async () => {
  const calls = Array.from({ length: 60 }, () => transfer(Keypair.generate(), 1));
  await assert.rejects(chain.send(calls, { signers: [payer] }), { code: 'TRANSACTION_INVALID' });
});
