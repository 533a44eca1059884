import { ComputeBudgetProgram, PublicKey, SystemProgram, TransactionInstruction } from '@solana/web3.js';
import { createTransferInstruction, createMintToInstruction, TOKEN_2022_PROGRAM_ID } from '@solana/spl-token';
import bs58 from 'bs58';
import { Cases } from './case.js';
import { PRELOADED } from './programs.js';
import { KEYS, keyOf, MEMO_PROGRAM, type Scene } from './keys.js';
import { memo, transfer } from './scene.js';
import type { Target } from './target.js';

const CONFIRMED = { commitment: 'confirmed' };
const SENT = { encoding: 'base64', preflightCommitment: 'confirmed' };
const SIMULATED = { encoding: 'base64', ...CONFIRMED };

/** Signs what the cases below send and simulate; none of those that are sent gets past preflight. */
export async function signRequests(target: Target, scene: Scene): Promise<void> {
  const { payer, tokenPayer, token22Payer, bob, nobody, aux } = KEYS;
  const hash = await target.blockhash();
  target.names.set(hash, '<blockhash>');
  const unknown = keyOf(200).publicKey.toBase58();
  const sign = async (name: string, instructions: TransactionInstruction[], signers = [payer], blockhash = hash): Promise<void> => {
    scene[name] = await target.sign(instructions, signers, blockhash);
    target.nameSignatures(name, scene[name]);
  };
  const call = (program: PublicKey, data: Buffer, ...keys: PublicKey[]): TransactionInstruction =>
    new TransactionInstruction({ programId: program, data, keys: keys.map((pubkey) => ({ pubkey, isSigner: false, isWritable: true })) });
  const [mint, tokens, bobs] = [scene.mint, scene.tokens, scene.bobsTokens].map((key) => new PublicKey(key));
  scene.hash = hash;
  await sign('txOk', [transfer(payer, bob.publicKey, 1_234_567)]);
  await sign('txMemo', [memo('é ✓', payer.publicKey, new PublicKey(MEMO_PROGRAM))]);
  await sign('txTooMuch', [transfer(payer, bob.publicKey, 10 ** 15)]);
  await sign('txRent', [transfer(payer, nobody.publicKey, 1)]);
  await sign('txNoProgram', [call(nobody.publicKey, Buffer.of(1))]);
  await sign('txNotExecutable', [call(bob.publicKey, Buffer.of(1))]);
  await sign('txAnchorFallback', [call(new PublicKey(PRELOADED.id), Buffer.alloc(8))]);
  await sign('txAnchorShort', [call(new PublicKey(PRELOADED.id), Buffer.alloc(2))]);
  await sign('txUnits', [ComputeBudgetProgram.setComputeUnitLimit({ units: 100 }), transfer(payer, bob.publicKey, 5)]);
  await sign('txTwoLimits', [ComputeBudgetProgram.setComputeUnitLimit({ units: 100 }), ComputeBudgetProgram.setComputeUnitLimit({ units: 200 })]);
  await sign('txNoMoney', [transfer(nobody, bob.publicKey, 5)], [nobody]);
  await sign('txPayerNotSystem', [ComputeBudgetProgram.setComputeUnitLimit({ units: 151 })], [aux]);
  await sign('txUnknownHash', [transfer(payer, bob.publicKey, 8)], [payer], unknown);
  await sign('txFrozen', [createTransferInstruction(tokens, bobs, tokenPayer.publicKey, 1n)], [tokenPayer]);
  await sign('txNoTokens', [createTransferInstruction(tokens, new PublicKey(scene.spare), tokenPayer.publicKey, 10n ** 18n)], [tokenPayer]);
  await sign('txMint', [createMintToInstruction(mint, tokens, tokenPayer.publicKey, 7n)], [tokenPayer]);
  await sign('txMint22', [createMintToInstruction(new PublicKey(scene.mint22), new PublicKey(scene.tokens22), token22Payer.publicKey, 7n, [], TOKEN_2022_PROGRAM_ID)], [token22Payer]);
  await sign('txBadMemo', [new TransactionInstruction({ programId: new PublicKey(MEMO_PROGRAM), keys: [], data: Buffer.of(0xff, 0xfe) })]);
  await sign('txBudget', [ComputeBudgetProgram.setComputeUnitLimit({ units: 150 })]);
  await sign('txNonceTooEarly', [SystemProgram.nonceAdvance({ noncePubkey: KEYS.nonce.publicKey, authorizedPubkey: bob.publicKey })], [payer, bob]);
  const broken = Buffer.from(scene.txOk, 'base64');
  broken[9] ^= 1;
  scene.txBadSignature = broken.toString('base64');
  target.nameSignatures('txBadSignature', scene.txBadSignature);
  scene.okMessage = Buffer.from(scene.txOk, 'base64').subarray(65).toString('base64');
  scene.unknownMessage = Buffer.from(scene.txUnknownHash, 'base64').subarray(65).toString('base64');
  scene.okBase58 = bs58.encode(Buffer.from(scene.txOk, 'base64'));
  scene.tooMuch58 = bs58.encode(Buffer.from(scene.txTooMuch, 'base64'));
}

const FAILING = [
  'txTooMuch', 'txRent', 'txNoProgram', 'txNotExecutable', 'txAnchorFallback', 'txAnchorShort', 'txUnits', 'txTwoLimits', 'txNoMoney',
  'txPayerNotSystem', 'txUnknownHash', 'txFrozen', 'txNoTokens', 'txBadMemo', 'txNonceTooEarly', 'txBadSignature',
];

/** Preflight, simulation, and bytes that are no transaction. */
export function transactionCases(): Cases {
  const cases = new Cases('transactions');
  for (const name of FAILING) {
    cases.values(name, 'sendTransaction', (s) => [s[name], SENT]);
    cases.values(name, 'simulateTransaction', (s) => [s[name], SIMULATED]);
    cases.values(`${name}, verified`, 'simulateTransaction', (s) => [s[name], { ...SIMULATED, sigVerify: true }]);
  }
  cases.values('with retries', 'sendTransaction', (s) => [s.txTooMuch, { ...SENT, maxRetries: 0 }]);
  cases.values('base58', 'sendTransaction', (s) => [s.tooMuch58, { preflightCommitment: 'confirmed' }]);
  cases.values('too early', 'sendTransaction', (s) => [s.txOk, { ...SENT, minContextSlot: 10 ** 9 }]);
  cases.values('an unknown encoding', 'sendTransaction', (s) => [s.txOk, { encoding: 'hex' }]);
  cases.values('nothing', 'sendTransaction', []);
  const bad: Record<string, string> = {
    'no bytes': '', 'too few': 'AAAA', 'no base64': '!!', 'too long a text': 'A'.repeat(1700),
    'too many bytes': Buffer.alloc(1233).toString('base64'), 'all ones': Buffer.alloc(300, 1).toString('base64'),
    'no signature': Buffer.alloc(200).toString('base64'),
  };
  for (const [name, text] of Object.entries(bad)) {
    cases.values(name, 'sendTransaction', [text, { encoding: 'base64' }]);
    cases.values(name, 'simulateTransaction', [text, { encoding: 'base64' }]);
  }
  cases.values('no base58', 'sendTransaction', ['0OIl']);
  cases.values('with more behind it', 'sendTransaction', (s) => [Buffer.concat([Buffer.from(s.txTooMuch, 'base64'), Buffer.alloc(3)]).toString('base64'), SENT]);

  const simulated = (name: string, tx: string, config: (s: Scene) => object): void =>
    cases.values(name, 'simulateTransaction', (s) => [s[tx], { ...SIMULATED, ...config(s) }]);
  for (const name of ['txOk', 'txMemo', 'txMint', 'txMint22', 'txBudget']) {
    simulated(name, name, () => ({}));
    simulated(`${name}, inner instructions`, name, () => ({ innerInstructions: true }));
  }
  simulated('verified', 'txOk', () => ({ sigVerify: true }));
  simulated('with another blockhash', 'txUnknownHash', () => ({ replaceRecentBlockhash: true }));
  simulated('with another blockhash, verified', 'txUnknownHash', () => ({ replaceRecentBlockhash: true, sigVerify: true }));
  const addresses = [KEYS.bob.publicKey.toBase58(), KEYS.nobody.publicKey.toBase58()];
  for (const encoding of ['base64', 'jsonParsed', 'base58', 'hex']) {
    simulated(`accounts, ${encoding}`, 'txOk', () => ({ accounts: { addresses, encoding } }));
  }
  simulated('accounts of tokens, parsed', 'txMint', (s) => ({ accounts: { addresses: [s.tokens, s.mint], encoding: 'jsonParsed' } }));
  simulated('accounts without encoding', 'txOk', () => ({ accounts: { addresses } }));
  simulated('accounts, none', 'txOk', () => ({ accounts: { addresses: [], encoding: 'base64' } }));
  simulated('accounts, too many', 'txOk', () => ({ accounts: { addresses: Array(40).fill(addresses[0]), encoding: 'base64' } }));
  simulated('accounts, not an address', 'txOk', () => ({ accounts: { addresses: ['x'], encoding: 'base64' } }));
  simulated('accounts of one that fails', 'txTooMuch', () => ({ accounts: { addresses, encoding: 'base64' } }));
  simulated('too early', 'txOk', () => ({ minContextSlot: 10 ** 9 }));
  cases.values('base58', 'simulateTransaction', (s) => [s.okBase58, CONFIRMED]);
  cases.values('nothing', 'simulateTransaction', []);

  cases.values('', 'getFeeForMessage', (s) => [s.okMessage, CONFIRMED]);
  cases.values('versioned', 'getFeeForMessage', (s) => [s.versionedMessage, CONFIRMED]);
  cases.values('of an unknown blockhash', 'getFeeForMessage', (s) => [s.unknownMessage, CONFIRMED]);
  cases.values('no message', 'getFeeForMessage', ['AA==', CONFIRMED]);
  cases.values('no base64', 'getFeeForMessage', ['AA', CONFIRMED]);
  cases.values('known', 'isBlockhashValid', (s) => [s.hash, CONFIRMED]);
  cases.values('unknown', 'isBlockhashValid', [keyOf(200).publicKey.toBase58(), CONFIRMED]);
  cases.values('no hash', 'isBlockhashValid', ['x']);
  cases.values('', 'getLatestBlockhash', [CONFIRMED]);
  cases.values('too early', 'getLatestBlockhash', [{ minContextSlot: 10 ** 9 }]);
  cases.shapes('', 'getRecentPrioritizationFees');
  cases.shapes('of accounts', 'getRecentPrioritizationFees', [[KEYS.bob.publicKey.toBase58()]]);
  cases.values('of too many accounts', 'getRecentPrioritizationFees', [Array(129).fill(KEYS.bob.publicKey.toBase58())]);
  cases.values('of no account', 'getRecentPrioritizationFees', [['x']]);
  cases.shapes('', 'requestAirdrop', [KEYS.carol.publicKey.toBase58(), 1_000_000]);
  cases.values('to nobody', 'requestAirdrop', ['x', 1]);
  cases.values('half a lamport', 'requestAirdrop', [KEYS.carol.publicKey.toBase58(), 0.5]);
  return cases;
}
