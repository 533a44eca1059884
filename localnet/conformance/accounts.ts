import bs58 from 'bs58';
import { LOADER_UPGRADEABLE, SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from '../src/ledger/addresses.js';
import { Cases } from './case.js';
import { PRELOADED } from './programs.js';
import { KEYS, MEMO_PROGRAM } from './keys.js';

const CONFIRMED = { commitment: 'confirmed' };
const ENCODINGS = ['binary', 'base58', 'base64', 'base64+zstd', 'jsonParsed'];
const SYSVARS = {
  clock: 'SysvarC1ock11111111111111111111111111111111', rent: 'SysvarRent111111111111111111111111111111111',
  epochSchedule: 'SysvarEpochSchedu1e111111111111111111111111', epochRewards: 'SysvarEpochRewards1111111111111111111111111',
  lastRestartSlot: 'SysvarLastRestartS1ot1111111111111111111111', recentBlockhashes: 'SysvarRecentB1ockHashes11111111111111111111',
  slotHashes: 'SysvarS1otHashes111111111111111111111111111', stakeHistory: 'SysvarStakeHistory1111111111111111111111111',
  instructions: 'Sysvar1nstructions1111111111111111111111111', slotHistory: 'SysvarS1otHistory11111111111111111111111111',
};

/** Accounts in every encoding, with slices and filters; balances and rent. */
export function accountCases(): Cases {
  const cases = new Cases('accounts');
  const [bob, nobody] = [KEYS.bob.publicKey.toBase58(), KEYS.nobody.publicKey.toBase58()];

  for (const encoding of ENCODINGS) {
    cases.values(`of a wallet, ${encoding}`, 'getAccountInfo', [bob, { ...CONFIRMED, encoding }], encoding === 'base64+zstd' ? shapeOfData : undefined);
    cases.values(`of nobody, ${encoding}`, 'getAccountInfo', [nobody, { ...CONFIRMED, encoding }]);
    if (encoding !== 'binary' && encoding !== 'base58' && encoding !== 'base64+zstd') {
      cases.values(`of a mint, ${encoding}`, 'getAccountInfo', (s) => [s.mint, { ...CONFIRMED, encoding }]);
    }
    cases.values(`sliced, ${encoding}`, 'getAccountInfo', (s) => [s.mint, { ...CONFIRMED, encoding, dataSlice: { offset: 4, length: 8 } }],
      encoding === 'base64+zstd' ? shapeOfData : undefined);
  }
  cases.values('of a mint, too long for base58 or not', 'getAccountInfo', (s) => [s.mint, { ...CONFIRMED, encoding: 'base58' }]);
  cases.values('sliced past the end', 'getAccountInfo', (s) => [s.mint, { ...CONFIRMED, encoding: 'base64', dataSlice: { offset: 80, length: 80 } }]);
  cases.values('sliced beyond the end', 'getAccountInfo', (s) => [s.mint, { ...CONFIRMED, encoding: 'base64', dataSlice: { offset: 100, length: 1 } }]);
  cases.values('parsed and sliced', 'getAccountInfo', (s) => [s.mint, { ...CONFIRMED, encoding: 'jsonParsed', dataSlice: { offset: 0, length: 4 } }]);
  cases.values('with all defaults', 'getAccountInfo', [nobody]);
  for (const name of ['tokens', 'bobsTokens', 'wrapped', 'multisig', 'spare', 'otherMint', 'tokens22', 'mint22', 'extended', 'extendedTokens', 'bobsExtended', 'lookupTable', 'buffer']) {
    cases.values(`parsed ${name}`, 'getAccountInfo', (s) => [s[name], { ...CONFIRMED, encoding: 'jsonParsed' }]);
    cases.values(`raw ${name}`, 'getAccountInfo', (s) => [s[name], { ...CONFIRMED, encoding: 'base64' }],
      ['lookupTable', 'extended'].includes(name) ? shapeOfData : undefined);
  }
  cases.values('parsed nonce', 'getAccountInfo', [KEYS.nonce.publicKey.toBase58(), { ...CONFIRMED, encoding: 'jsonParsed' }]);
  for (const [name, address] of Object.entries({ ...SYSVARS, system: SYSTEM_PROGRAM, token: TOKEN_PROGRAM, token22: TOKEN_2022_PROGRAM, memo: MEMO_PROGRAM, loader: LOADER_UPGRADEABLE })) {
    const shape = ['slotHashes', 'recentBlockhashes', 'stakeHistory', 'slotHistory'].includes(name);
    cases[shape ? 'shapes' : 'values'](`parsed ${name}`, 'getAccountInfo', [address, { ...CONFIRMED, encoding: 'jsonParsed' }], withoutCode);
    cases[shape ? 'shapes' : 'values'](`raw ${name}`, 'getAccountInfo', [address, { ...CONFIRMED, encoding: 'base64' }], shapeOfData);
  }
  cases.values('parsed program', 'getAccountInfo', [PRELOADED.id, { ...CONFIRMED, encoding: 'jsonParsed' }]);
  cases.values('parsed program data', 'getAccountInfo', [PRELOADED.data, { ...CONFIRMED, encoding: 'jsonParsed' }]);
  cases.values('program data, header', 'getAccountInfo', [PRELOADED.data, { ...CONFIRMED, encoding: 'base64', dataSlice: { offset: 0, length: 45 } }]);
  cases.values('SlotHashes in base58', 'getAccountInfo', [SYSVARS.slotHashes, CONFIRMED]);

  const several = (s: Record<string, string>): string[] => [bob, nobody, s.mint, s.tokens22];
  cases.values('in one call', 'getMultipleAccounts', (s) => [several(s), CONFIRMED]);
  cases.values('in one call, parsed', 'getMultipleAccounts', (s) => [several(s), { ...CONFIRMED, encoding: 'jsonParsed' }]);
  cases.values('in one call, sliced', 'getMultipleAccounts', (s) => [several(s), { ...CONFIRMED, encoding: 'base64', dataSlice: { offset: 0, length: 2 } }]);
  cases.values('none', 'getMultipleAccounts', [[], CONFIRMED]);
  cases.values('too many', 'getMultipleAccounts', [Array(101).fill(bob), CONFIRMED]);
  cases.values('base58', 'getMultipleAccounts', (s) => [[s.mint], { ...CONFIRMED, encoding: 'base58' }]);

  const mintOfOwner = (s: Record<string, string>) => [{ dataSize: 165 }, { memcmp: { offset: 0, bytes: s.mint } }];
  const base = { ...CONFIRMED, encoding: 'base64', sortResults: true };
  const owned = (name: string, config: (s: Record<string, string>) => object, program = TOKEN_PROGRAM): void =>
    cases.values(name, 'getProgramAccounts', (s) => [program, { ...base, ...config(s) }]);
  owned('by size and bytes', (s) => ({ filters: mintOfOwner(s) }));
  owned('with context', (s) => ({ filters: mintOfOwner(s), withContext: true }));
  owned('without context', (s) => ({ filters: mintOfOwner(s), withContext: false }));
  owned('sliced', (s) => ({ filters: mintOfOwner(s), dataSlice: { offset: 64, length: 8 } }));
  owned('parsed', (s) => ({ filters: mintOfOwner(s), encoding: 'jsonParsed' }));
  owned('bytes in base64', (s) => ({ filters: [{ memcmp: { offset: 0, bytes: Buffer.from(bs58.decode(s.mint)).toString('base64'), encoding: 'base64' } }] }));
  owned('bytes in base58, named so', (s) => ({ filters: [{ memcmp: { offset: 0, bytes: s.mint, encoding: 'base58' } }] }));
  owned('bytes as numbers', (s) => ({ filters: [{ memcmp: { offset: 0, bytes: [...bs58.decode(s.mint)] } }] }));
  owned('state of token accounts', (s) => ({ filters: ['tokenAccountState', { memcmp: { offset: 0, bytes: s.mint } }] }));
  owned('state of token accounts, as an object', (s) => ({ filters: [{ tokenAccountState: null }, { memcmp: { offset: 0, bytes: s.mint } }] }));
  owned('none', () => ({ filters: [{ dataSize: 99_999 }] }));
  owned('none, with context', () => ({ filters: [{ dataSize: 99_999 }], withContext: true }));
  owned('no bytes', (s) => ({ filters: [{ memcmp: { offset: 3, bytes: '' } }, { memcmp: { offset: 0, bytes: s.mint } }] }));
  owned('Token-2022', (s) => ({ filters: [{ memcmp: { offset: 0, bytes: s.extended } }] }), TOKEN_2022_PROGRAM);
  owned('too many filters', () => ({ filters: Array(5).fill({ dataSize: 1 }) }));
  owned('bytes that are no base58', () => ({ filters: [{ memcmp: { offset: 0, bytes: '0' } }] }));
  owned('bytes that are no base64', () => ({ filters: [{ memcmp: { offset: 0, bytes: '*', encoding: 'base64' } }] }));
  owned('too many bytes', () => ({ filters: [{ memcmp: { offset: 0, bytes: bs58.encode(Buffer.alloc(129, 1)) } }] }));
  owned('too many bytes in base64', () => ({ filters: [{ memcmp: { offset: 0, bytes: Buffer.alloc(129, 1).toString('base64'), encoding: 'base64' } }] }));
  owned('an unknown encoding of bytes', () => ({ filters: [{ memcmp: { offset: 0, bytes: '1', encoding: 'hex' } }] }));
  owned('an unknown filter', () => ({ filters: [{ size: 1 }] }));
  owned('filters that are no list', () => ({ filters: { dataSize: 1 } }));
  cases.values('of the loader, base58 too long', 'getProgramAccounts', [LOADER_UPGRADEABLE, CONFIRMED]);
  cases.values('of a wallet', 'getProgramAccounts', [nobody, CONFIRMED]);

  cases.values('of a wallet', 'getBalance', [bob, CONFIRMED]);
  cases.values('of nobody', 'getBalance', [nobody, CONFIRMED]);
  cases.values('of nobody, by default', 'getBalance', [nobody]);
  cases.values('too early', 'getBalance', [bob, { minContextSlot: 10 ** 9 }]);
  cases.values('not too early', 'getBalance', [bob, { ...CONFIRMED, minContextSlot: 1 }]);
  cases.values('too early', 'getAccountInfo', [bob, { minContextSlot: 10 ** 9 }]);
  cases.values('too early', 'getMultipleAccounts', [[bob], { minContextSlot: 10 ** 9 }]);
  cases.values('too early', 'getProgramAccounts', [TOKEN_PROGRAM, { minContextSlot: 10 ** 9 }]);
  for (const bytes of [0, 1, 80, 82, 165, 10_240, 1_000_000, 10_485_760, 10_485_761, 2 ** 40]) {
    cases.values(`for ${bytes} bytes`, 'getMinimumBalanceForRentExemption', [bytes]);
  }
  cases.values('with a commitment', 'getMinimumBalanceForRentExemption', [165, CONFIRMED]);
  cases.shapes('', 'getLargestAccounts', [CONFIRMED]);
  cases.shapes('circulating', 'getLargestAccounts', [{ ...CONFIRMED, filter: 'circulating' }]);
  cases.shapes('', 'getSupply', [CONFIRMED]);
  cases.shapes('without a list', 'getSupply', [{ ...CONFIRMED, excludeNonCirculatingAccountsList: true }]);
  return cases;
}

/** Data that time makes, or that compressors write differently: how it is written, and no more. */
function shapeOfData(result: unknown): unknown {
  const { value } = (result ?? {}) as { value?: { data?: [string, string]; lamports?: number } | null };
  if (!value) return result;
  const length = value.data?.[1] === 'base64' ? Buffer.from(value.data[0], 'base64').length : undefined;
  return { ...value, data: value.data?.[1], length, lamports: typeof value.lamports };
}

/** Without the code of builtins and of SPL's programs, whose builds differ. */
function withoutCode(result: unknown): unknown {
  const { value } = result as { value: { data: unknown; space: number; lamports: number } | null };
  return value && Array.isArray(value.data) ? shapeOfData(result) : result;
}
