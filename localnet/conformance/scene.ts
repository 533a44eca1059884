import { setTimeout as sleep } from 'node:timers/promises';
import {
  AddressLookupTableProgram, ComputeBudgetProgram, type Keypair, PublicKey, SystemProgram, TransactionInstruction,
  TransactionMessage, VersionedTransaction,
} from '@solana/web3.js';
import { ASSOCIATED_TOKEN_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from '../src/ledger/addresses.js';
import { KEYS, MEMO_PROGRAM, type Scene } from './keys.js';
import { prepareLoader } from './scene-loader.js';
import { prepareTokens, prepareTokens2022 } from './scene-tokens.js';
import type { Target } from './target.js';

const SOL = 1_000_000_000;

export const transfer = (from: Keypair, to: PublicKey, lamports: number): TransactionInstruction =>
  SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to, lamports });

export const memo = (text: string, signer: PublicKey, programId: PublicKey): TransactionInstruction =>
  new TransactionInstruction({ programId, keys: [{ pubkey: signer, isSigner: true, isWritable: false }], data: Buffer.from(text) });

/** The compute budget's limit on the accounts that are loaded, which web3.js has no function for. */
function loadedDataLimit(bytes: number): TransactionInstruction {
  const data = Buffer.alloc(5, 4);
  data.writeUInt32LE(bytes, 1);
  return new TransactionInstruction({ programId: ComputeBudgetProgram.programId, keys: [], data });
}

/** Puts a validator into the state that both are compared in. Four payers work at once, each step by step. */
export async function prepare(target: Target): Promise<Scene> {
  const scene: Scene = {};
  const funded = [KEYS.payer, KEYS.tokenPayer, KEYS.token22Payer, KEYS.loaderPayer, KEYS.bob];
  await Promise.all(funded.map(async ({ publicKey }, i) => {
    const signature = await target.get<string>('requestAirdrop', publicKey.toBase58(), i === 4 ? SOL : 100 * SOL);
    target.names.set(signature, `<signature of airdrop ${i}>`);
    scene[`airdrop${i}`] = signature;
    await target.confirmed('airdrop', signature);
  }));
  const parts = await Promise.all([
    prepareSystem(target), prepareTokens(target), prepareTokens2022(target), prepareLoader(target),
  ]);
  await nameProgramBalances(target);
  Object.assign(scene, ...parts);
  for (const name of ['transfer', 'versioned']) {
    scene[`${name}Slot`] = String((await target.get<{ slot: number }>('getTransaction', scene[name], { commitment: 'confirmed', maxSupportedTransactionVersion: 0 })).slot);
  }
  return scene;
}

/** SPL's programs are other builds on either validator, so their accounts hold other sums. */
async function nameProgramBalances(target: Target): Promise<void> {
  for (const program of [MEMO_PROGRAM, TOKEN_PROGRAM, TOKEN_2022_PROGRAM, ASSOCIATED_TOKEN_PROGRAM]) {
    const { value } = await target.get<{ value: number }>('getBalance', program, { commitment: 'confirmed' });
    target.names.set(String(value), `<lamports of ${program}>`);
  }
}

/** Transfers that work and that fail, accounts of the system program, a durable nonce, a lookup table and its use. */
async function prepareSystem(target: Target): Promise<Scene> {
  const { payer, recipient, nonce, aux, nobody } = KEYS;
  const scene: Scene = {};
  const send = async (name: string, instructions: TransactionInstruction[], signers = [payer], blockhash?: string): Promise<void> => {
    scene[name] = await target.send(name, await target.sign(instructions, signers, blockhash));
  };
  await send('transfer', [transfer(payer, recipient.publicKey, 1_000_000)]);
  await send('memo', [memo('hello', payer.publicKey, new PublicKey(MEMO_PROGRAM))]);
  await send('tooMuch', [transfer(payer, recipient.publicKey, 1_000_000 * SOL)]);
  await send('noProgram', [new TransactionInstruction({ programId: nobody.publicKey, keys: [], data: Buffer.of(1) })]);
  await send('priority', [
    ComputeBudgetProgram.setComputeUnitLimit({ units: 5_000 }), ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 1_000_000 }),
    ComputeBudgetProgram.requestHeapFrame({ bytes: 65_536 }), loadedDataLimit(300_000),
    transfer(payer, recipient.publicKey, 2_000_000),
  ]);
  await send('outOfUnits', [ComputeBudgetProgram.setComputeUnitLimit({ units: 100 }), transfer(payer, recipient.publicKey, 3_000_000)]);
  await send('system', await systemInstructions(), [payer, aux]);
  await send('createNonce', SystemProgram.createNonceAccount({
    fromPubkey: payer.publicKey, noncePubkey: nonce.publicKey, authorizedPubkey: payer.publicKey, lamports: 10_000_000,
  }).instructions, [payer, nonce]);
  const advance = SystemProgram.nonceAdvance({ noncePubkey: nonce.publicKey, authorizedPubkey: payer.publicKey });
  const value = async (): Promise<string> => (await target.connection.getNonce(nonce.publicKey, 'confirmed'))!.nonce;
  const first = await value();
  target.names.set(first, '<nonce 1>');
  await send('useNonce', [advance, transfer(payer, recipient.publicKey, 4_000_000)], [payer], first);
  const second = await value();
  target.names.set(second, '<nonce 2>');
  await send('failNonce', [advance, transfer(payer, recipient.publicKey, 1_000_000 * SOL)], [payer], second);
  const third = await value();
  target.names.set(third, second === third ? '<nonce 2>' : '<nonce 3>');
  await send('moreNonce', [
    SystemProgram.nonceAuthorize({ noncePubkey: nonce.publicKey, authorizedPubkey: payer.publicKey, newAuthorizedPubkey: payer.publicKey }),
    SystemProgram.nonceWithdraw({ noncePubkey: nonce.publicKey, authorizedPubkey: payer.publicKey, toPubkey: recipient.publicKey, lamports: 1_000 }),
  ]);
  const recentSlot = await target.get<number>('getSlot', { commitment: 'finalized' });
  const [create, lookupTable] = AddressLookupTableProgram.createLookupTable({ authority: payer.publicKey, payer: payer.publicKey, recentSlot });
  target.names.set(lookupTable.toBase58(), '<lookup table>');
  scene.lookupTable = lookupTable.toBase58();
  const addresses = [recipient.publicKey, aux.publicKey, SystemProgram.programId];
  await send('createTable', [create, AddressLookupTableProgram.extendLookupTable({ lookupTable, authority: payer.publicKey, payer: payer.publicKey, addresses })]);
  const table = (await target.connection.getAddressLookupTable(lookupTable, { commitment: 'confirmed' })).value!;
  // Addresses can be used from the slot after the one that they came in.
  const extended = await target.get<number>('getSlot', { commitment: 'confirmed' });
  while (await target.get<number>('getSlot', { commitment: 'confirmed' }) <= extended + 1) await sleep(40);
  const message = new TransactionMessage({
    payerKey: payer.publicKey, recentBlockhash: await target.blockhash(), instructions: [transfer(payer, recipient.publicKey, 5_000_000)],
  });
  const versioned = new VersionedTransaction(message.compileToV0Message([table]));
  versioned.sign([payer]);
  scene.versioned = await target.send('versioned', versioned);
  scene.versionedMessage = Buffer.from(versioned.message.serialize()).toString('base64');
  await send('tableEnd', [
    AddressLookupTableProgram.freezeLookupTable({ lookupTable, authority: payer.publicKey }),
  ]);
  return scene;
}

/** One of each of the system program's ordinary instructions. */
async function systemInstructions(): Promise<TransactionInstruction[]> {
  const { payer, aux } = KEYS;
  const base = { basePubkey: payer.publicKey, programId: SystemProgram.programId };
  const seeded = await PublicKey.createWithSeed(payer.publicKey, 'one', SystemProgram.programId);
  const owned = await PublicKey.createWithSeed(payer.publicKey, 'two', new PublicKey(MEMO_PROGRAM));
  return [
    SystemProgram.createAccount({ fromPubkey: payer.publicKey, newAccountPubkey: aux.publicKey, lamports: 2_000_000, space: 0, programId: SystemProgram.programId }),
    SystemProgram.allocate({ accountPubkey: aux.publicKey, space: 16 }),
    SystemProgram.assign({ accountPubkey: aux.publicKey, programId: new PublicKey(MEMO_PROGRAM) }),
    SystemProgram.createAccountWithSeed({ ...base, fromPubkey: payer.publicKey, newAccountPubkey: seeded, seed: 'one', lamports: 3_000_000, space: 0 }),
    SystemProgram.transfer({ fromPubkey: seeded, basePubkey: payer.publicKey, toPubkey: KEYS.recipient.publicKey, lamports: 1_000_000, seed: 'one', programId: SystemProgram.programId }),
    SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: owned, lamports: 2_000_000 }),
    SystemProgram.allocate({ accountPubkey: owned, basePubkey: payer.publicKey, seed: 'two', space: 8, programId: new PublicKey(MEMO_PROGRAM) }),
  ];
}
