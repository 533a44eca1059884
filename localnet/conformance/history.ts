import { Cases } from './case.js';
import { KEYS, keyOf, type Scene } from './keys.js';
import bs58 from 'bs58';

const CONFIRMED = { commitment: 'confirmed' };
const V0 = { ...CONFIRMED, maxSupportedTransactionVersion: 0 };
/** All that `prepare` sends. */
export const SENT = [
  'transfer', 'memo', 'tooMuch', 'noProgram', 'priority', 'outOfUnits', 'system', 'createNonce', 'useNonce', 'failNonce', 'moreNonce', 'createTable',
  'versioned', 'tableEnd', 'createMint', 'moveTokens', 'wrapAndMultisig', 'multisigUse', 'tokensFail', 'freeze', 'createMint22',
  'createExtended', 'extendedMetadata', 'extendedUse', 'createBuffer', 'writeBuffer', 'writeFails',
];

/** Transactions that landed, by signature, by address and in their blocks. */
export function historyCases(): Cases {
  const cases = new Cases('history');
  for (const name of SENT) {
    for (const encoding of ['json', 'jsonParsed']) cases.values(`${name}, ${encoding}`, 'getTransaction', (s) => [s[name], { ...V0, encoding }]);
  }
  cases.values('base64', 'getTransaction', (s) => [s.transfer, { ...V0, encoding: 'base64' }], withoutBytes);
  cases.values('base58', 'getTransaction', (s) => [s.transfer, { ...V0, encoding: 'base58' }], withoutBytes);
  cases.values('encoding as the parameter', 'getTransaction', (s) => [s.transfer, 'json']);
  cases.values('an unknown encoding', 'getTransaction', (s) => [s.transfer, { ...V0, encoding: 'hex' }]);
  cases.values('legacy without a version', 'getTransaction', (s) => [s.transfer, CONFIRMED]);
  cases.values('versioned without a version', 'getTransaction', (s) => [s.versioned, CONFIRMED]);
  cases.values('versioned without a version, parsed', 'getTransaction', (s) => [s.versioned, { ...CONFIRMED, encoding: 'jsonParsed' }]);
  cases.values('processed', 'getTransaction', (s) => [s.transfer, { commitment: 'processed' }]);
  cases.values('unknown', 'getTransaction', [bs58.encode(Buffer.alloc(64, 7)), CONFIRMED]);
  cases.values('no signature', 'getTransaction', ['x', CONFIRMED]);
  cases.values('32 bytes', 'getTransaction', [keyOf(1).publicKey.toBase58(), CONFIRMED]);
  cases.shapes('airdrop', 'getTransaction', (s) => [s.airdrop4, V0], (result) => (result as { meta: { err: unknown } }).meta.err);

  cases.values('of several', 'getSignatureStatuses', (s) => [[s.transfer, s.tooMuch, bs58.encode(Buffer.alloc(64, 7))]], settled);
  cases.values('searching history', 'getSignatureStatuses', (s) => [[s.transfer], { searchTransactionHistory: true }], settled);
  cases.values('none', 'getSignatureStatuses', [[]]);
  cases.values('too many', 'getSignatureStatuses', (s) => [Array(257).fill(s.transfer)]);
  cases.values('no signature', 'getSignatureStatuses', [['x']]);
  cases.values('no list', 'getSignatureStatuses', ['x']);

  const of = (name: string, address: (s: Scene) => string, config: (s: Scene) => object = () => ({})): void =>
    cases.values(name, 'getSignaturesForAddress', (s) => [address(s), { ...CONFIRMED, ...config(s) }], signatures);
  const payer = KEYS.payer.publicKey.toBase58();
  of('of a payer', () => payer);
  of('two', () => payer, () => ({ limit: 2 }));
  of('before', () => payer, (s) => ({ before: s.outOfUnits }));
  of('until', () => payer, (s) => ({ until: s.outOfUnits }));
  of('before and until', () => payer, (s) => ({ before: s.system, until: s.transfer }));
  of('before one that is unknown', () => payer, () => ({ before: bs58.encode(Buffer.alloc(64, 7)) }));
  of('until one that is unknown', () => payer, () => ({ until: bs58.encode(Buffer.alloc(64, 7)) }));
  of('of a mint', (s) => s.mint);
  of('of a lookup table', (s) => s.lookupTable);
  of('of nobody', () => keyOf(201).publicKey.toBase58());
  of('none', () => payer, () => ({ limit: 0 }));
  of('too many', () => payer, () => ({ limit: 1001 }));
  of('no signature', () => payer, () => ({ before: 'x' }));
  of('processed', () => payer, () => ({ commitment: 'processed' }));
  of('too early', () => payer, () => ({ minContextSlot: 10 ** 9 }));
  return cases;
}

const withoutBytes = (result: unknown): unknown => ({ ...(result as object), transaction: (result as { transaction: [string, string] }).transaction[1] });

/** How far a transaction is, depends on when one asks. */
const settled = (result: unknown): unknown => (result as { value: ({ status: unknown; err: unknown } | null)[] }).value
  .map((status) => status && { fields: Object.keys(status).sort(), err: status.err, status: status.status });

const signatures = (result: unknown): unknown => (result as object[]).map((entry) => ({ ...entry, confirmationStatus: 'confirmed' }));
