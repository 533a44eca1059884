import bs58 from 'bs58';
import { Cases } from './case.js';
import type { Scene } from './keys.js';

const CONFIRMED = { commitment: 'confirmed' };
type Block = { transactions?: { transaction: { signatures: string[] } | string[] }[]; signatures?: string[] };

/** Slots, blocks and their times. `slot` is the transfer's own, other on each validator. */
export function blockCases(): Cases {
  const cases = new Cases('blocks');
  const slot = (s: Scene): number => Number(s.transferSlot);
  const V0 = { ...CONFIRMED, maxSupportedTransactionVersion: 0 };
  for (const transactionDetails of ['full', 'accounts', 'signatures', 'none']) {
    cases.values(transactionDetails, 'getBlock', (s) => [slot(s), { ...V0, transactionDetails, rewards: false }], ownTransaction);
  }
  for (const encoding of ['json', 'jsonParsed', 'base64', 'base58']) {
    cases.values(`full, ${encoding}`, 'getBlock', (s) => [slot(s), { ...V0, encoding, rewards: false }], ownTransaction);
  }
  cases.values('accounts, parsed', 'getBlock', (s) => [slot(s), { ...V0, encoding: 'jsonParsed', transactionDetails: 'accounts', rewards: false }], ownTransaction);
  cases.values('rewards', 'getBlock', (s) => [slot(s), { ...V0, transactionDetails: 'none' }]);
  cases.values('with a versioned one', 'getBlock', (s) => [Number(s.versionedSlot), { ...V0, rewards: false }], ownTransaction);
  cases.values('with a versioned one, unasked', 'getBlock', (s) => [Number(s.versionedSlot), CONFIRMED], ownTransaction);
  cases.values('processed', 'getBlock', (s) => [slot(s), { commitment: 'processed' }]);
  cases.values('far ahead', 'getBlock', [10 ** 9, CONFIRMED]);
  cases.values('far ahead, finalized', 'getBlock', [10 ** 9]);
  cases.values('an unknown detail', 'getBlock', [1, { ...V0, transactionDetails: 'some' }]);
  cases.values('encoding as the parameter', 'getBlock', (s) => [slot(s), 'json'], (result) => (result ? 'a block' : result));
  cases.values('no slot', 'getBlock', ['x']);
  cases.shapes('', 'getBlocks', [1, 3, CONFIRMED]);
  cases.values('to the same', 'getBlocks', [1, 1, CONFIRMED]);
  cases.values('backwards', 'getBlocks', [3, 1, CONFIRMED]);
  cases.values('too many', 'getBlocks', [0, 600_000, CONFIRMED], (blocks) => Array.isArray(blocks));
  cases.values('processed', 'getBlocks', [0, 1, { commitment: 'processed' }]);
  cases.shapes('without an end', 'getBlocks', [0, CONFIRMED]);
  cases.shapes('', 'getBlocksWithLimit', [1, 2, CONFIRMED]);
  cases.values('none', 'getBlocksWithLimit', [1, 0, CONFIRMED]);
  cases.values('too many', 'getBlocksWithLimit', [1, 500_001, CONFIRMED]);
  cases.values('processed', 'getBlocksWithLimit', [1, 2, { commitment: 'processed' }]);
  cases.values('of a block', 'getBlockTime', (s) => [slot(s)], (time) => typeof time);
  cases.values('far ahead', 'getBlockTime', [10 ** 9]);
  cases.values('of the first', 'getBlockTime', [0], (time) => typeof time);
  cases.shapes('of a block', 'getBlockCommitment', (s) => [slot(s)]);
  cases.values('far ahead', 'getBlockCommitment', [10 ** 9], (result) => (result as { commitment: unknown }).commitment);
  for (const method of ['getSlot', 'getBlockHeight', 'getEpochInfo', 'getTransactionCount']) {
    for (const params of [[], [{ commitment: 'processed' }], [CONFIRMED], [{ minContextSlot: 10 ** 9 }], [{ commitment: 'soon' }]]) {
      cases.shapes(JSON.stringify(params), method, params);
    }
  }
  cases.values('', 'getFirstAvailableBlock', []);
  cases.values('', 'minimumLedgerSlot', []);
  cases.values('', 'getEpochSchedule', []);
  return cases;
}

/** The block with the one transaction in it that both have; others landed beside it, votes among them. */
function ownTransaction(result: unknown, scene: Scene): unknown {
  if (result === null) return null;
  const { transactions, signatures, ...block } = result as Block;
  const own = [scene.transfer, scene.versioned];
  return {
    ...block,
    ...(transactions && {
      transactions: transactions.flatMap((t): object[] => {
        if (!Array.isArray(t.transaction)) return t.transaction.signatures.some((x) => own.includes(x)) ? [t] : [];
        const [bytes, encoding] = t.transaction;
        const found = own.includes(signatureOf(bytes, encoding));
        return found ? [{ ...t, transaction: encoding }] : [];
      }),
    }),
    ...(signatures && { signatures: signatures.filter((x) => own.includes(x)) }),
  };
}

function signatureOf(text: string, encoding: string): string {
  const bytes = encoding === 'base58' ? bs58.decode(text) : Buffer.from(text, 'base64');
  return bs58.encode(bytes.subarray(1, 65));
}
