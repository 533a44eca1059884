import type { Idl } from '@coral-xyz/anchor';
import bs58 from 'bs58';
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from '../../../client/src/chain/addresses.js';
import { authorizerIdl, coordinatorIdl, treasurerIdl } from '../../../client/src/chain/idl.js';
import { layoutOf } from '../../../client/src/chain/layout.js';
import { programIds } from '../../../client/src/chain/program-ids.js';
import type { AccountState } from '../../../localnet/src/testing.js';

/** What an account is, by its owner and its first bytes alone. */
export type Kind =
  | 'none' | 'system' | 'mint' | 'token' | 'Run' | 'RunInstance' | 'Manifest' | 'Member' | 'Treasury' | 'ClaimRecord' | 'Authorization'
  | 'other';

const ids = programIds();
export const COORDINATOR = ids.coordinator.toBase58();
export const TREASURER = ids.treasurer.toBase58();
const AUTHORIZER = ids.authorizer.toBase58();
const SYSTEM = '11111111111111111111111111111111';
const TOKENS = new Set([TOKEN_PROGRAM.toBase58(), TOKEN_2022_PROGRAM.toBase58()]);

const kinds = new Map<string, Kind>();
for (const [owner, idl] of [[COORDINATOR, coordinatorIdl], [TREASURER, treasurerIdl], [AUTHORIZER, authorizerIdl]] as const) {
  for (const { name, discriminator } of idl.accounts) {
    kinds.set(`${owner}/${Buffer.from(discriminator).toString('hex')}`, (name[0].toUpperCase() + name.slice(1)) as Kind);
  }
}

export function kindOf(account: AccountState | null): Kind {
  if (!account || account.lamports === 0n) return 'none';
  if (account.owner === SYSTEM) return 'system';
  if (TOKENS.has(account.owner)) return account.data.length < 165 || isExtendedMint(account.data) ? 'mint' : 'token';
  return kinds.get(`${account.owner}/${account.data.toString('hex', 0, 8)}`) ?? 'other';
}

/** Mints with extensions are longer than token accounts: the byte after 165 says which it is. */
const isExtendedMint = (data: Buffer): boolean => data.length > 165 && data[165] === 1;

const offsets = (idl: unknown, name: string): ((field: string) => number) => {
  const layout = layoutOf(idl as Idl, name);
  return (field) => 8 + layout.fields!.get(field)!.offset;
};
const MEMBER = offsets(coordinatorIdl, 'Member');
const TREASURY = offsets(treasurerIdl, 'Treasury');
const CLAIM = offsets(treasurerIdl, 'ClaimRecord');
const MANIFEST = offsets(coordinatorIdl, 'Manifest');

/** Bytes of a Member account. */
export const MEMBER_BYTES = 8 + layoutOf(coordinatorIdl as unknown as Idl, 'Member').size;

export const TREASURY_BYTES = 8 + layoutOf(treasurerIdl as unknown as Idl, 'Treasury').size;

/** Where the numbers that count lie in the other accounts. */
export const PLACES: Partial<Record<Kind, Record<string, number>>> = {
  Member: { deposit: MEMBER('deposit'), points: MEMBER('points'), owed: MEMBER('owed') },
  Treasury: {
    paidTotal: TREASURY('paidTotal'), fundedTotal: TREASURY('fundedTotal'), withdrawnTotal: TREASURY('withdrawnTotal'),
  },
  ClaimRecord: { paid: CLAIM('paid') },
  token: { amount: 64 },
};

const texts = new Map<string, string>();

/** An address in base58, which takes long: each comes thousands of times. */
function key(data: Buffer, at: number): string {
  const hex = data.toString('hex', at, at + 32);
  let text = texts.get(hex);
  if (text === undefined) texts.set(hex, (text = bs58.encode(data.subarray(at, at + 32))));
  return text;
}

export interface MemberAccount {
  run: string;
  /** Hex, as in a Run. */
  node: string;
  payout: string;
  capacity: number;
  deposit: bigint;
  points: bigint;
  owed: bigint;
  slashed: bigint;
  vestedPoints: bigint;
  vestedEpoch: number;
}

export function readMember(data: Buffer): MemberAccount {
  const u64 = (name: string): bigint => data.readBigUInt64LE(MEMBER(name));
  return {
    run: key(data, MEMBER('run')),
    node: data.toString('hex', MEMBER('node'), MEMBER('node') + 32),
    payout: key(data, MEMBER('payout')),
    capacity: data[MEMBER('capacity')],
    deposit: u64('deposit'),
    points: u64('points'),
    owed: u64('owed') | (data.readBigUInt64LE(MEMBER('owed') + 8) << 64n),
    slashed: u64('slashed'),
    vestedPoints: u64('vestedPoints'),
    vestedEpoch: data.readUInt32LE(MEMBER('vestedEpoch')),
  };
}

/** An authorization; keys in hex. */
export interface AuthorizationAccount {
  grantor: string;
  grantee: string;
  active: boolean;
  scope: string;
  delegates: string[];
}

/** Version and bump, grantor, grantee, active, then scope and delegates with their lengths. */
export function readAuthorization(data: Buffer): AuthorizationAccount {
  const hex = (at: number, length: number): string => data.toString('hex', at, at + length);
  const scopeLength = data.readUInt32LE(75);
  const list = 79 + scopeLength;
  return {
    grantor: hex(10, 32), grantee: hex(42, 32), active: data[74] === 1, scope: hex(79, scopeLength),
    delegates: Array.from({ length: data.readUInt32LE(list) }, (_, i) => hex(list + 4 + 32 * i, 32)),
  };
}

export interface TreasuryAccount {
  run: string;
  authority: string;
  mint: string;
  vault: string;
  paid: bigint;
  funded: bigint;
  withdrawn: bigint;
}

export function readTreasury(data: Buffer): TreasuryAccount {
  const u64 = (name: string): bigint => data.readBigUInt64LE(TREASURY(name));
  return {
    run: key(data, TREASURY('run')),
    authority: key(data, TREASURY('authority')),
    mint: key(data, TREASURY('mint')),
    vault: key(data, TREASURY('vault')),
    paid: u64('paidTotal'),
    funded: u64('fundedTotal'),
    withdrawn: u64('withdrawnTotal'),
  };
}

/** Base units paid by a claim record. */
export const readPaid = (data: Buffer): bigint => data.readBigUInt64LE(CLAIM('paid'));

/** The run that an account of the programs is of; undefined where it does not say. */
export function runOf(address: string, kind: Kind, data: Buffer): string | undefined {
  switch (kind) {
    case 'Run': return address;
    case 'Member': return key(data, MEMBER('run'));
    case 'Manifest': return key(data, MANIFEST('run'));
    case 'Treasury': return key(data, TREASURY('run'));
    default: return undefined;
  }
}

/** Who is paid by a claim record. */
export const readPayout = (data: Buffer): string => key(data, CLAIM('payout'));

/** A token account of either program: what its owner can move, and what a transfer fee holds back in it. */
export function readToken(data: Buffer): { mint: string; owner: string; amount: bigint; withheld: bigint } {
  return { mint: key(data, 0), owner: key(data, 32), amount: data.readBigUInt64LE(64), withheld: withheldIn(data) };
}

const TRANSFER_FEE_AMOUNT = 2;

function withheldIn(data: Buffer): bigint {
  for (let at = 166; at + 4 <= data.length; at += 4 + data.readUInt16LE(at + 2)) {
    if (data.readUInt16LE(at) === TRANSFER_FEE_AMOUNT) return data.readBigUInt64LE(at + 4);
  }
  return 0n;
}
