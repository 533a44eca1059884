import { BorshAccountsCoder, type Idl } from '@coral-xyz/anchor';
import { PublicKey } from '@solana/web3.js';
import type BN from 'bn.js';
import bs58 from 'bs58';
import type { Chain } from './chain.js';
import { ChainError } from './errors.js';
import { coordinatorIdl } from './idl.js';
import { decodeNetworkAddress, type NetworkAddress } from './network-address.js';
import { rpc } from './rpc.js';

/** What outlives an epoch of one node in one run. */
export interface MemberView {
  /** Of the Member account, base58. */
  address: string;
  node: string;
  payout: string;
  network: NetworkAddress;
  capacity: number;
  /** Lamports. */
  deposit: bigint;
  /** Settled over all epochs. */
  points: bigint;
  /** Base units of collateral owed over all epochs, Q64.64. */
  owed: bigint;
  /** Points taken away by convictions. */
  slashed: bigint;
  /** Points of the last settlement, which a conviction in that epoch takes back. */
  vestedPoints: bigint;
  vestedEpoch: number;
  joinedEpoch: number;
}

/** Where `run` and `payout` lie in the account: after discriminator, version and bump; after run and node. */
const RUN_OFFSET = 10;
const PAYOUT_OFFSET = 74;

const coder = new BorshAccountsCoder(coordinatorIdl as unknown as Idl);
const described = coordinatorIdl.accounts.find((a) => a.name.toLowerCase() === 'member')!;

/** Decodes a Member account. @throws ChainError `ACCOUNT_INVALID` */
export function decodeMember(address: PublicKey, data: Buffer): MemberView {
  let raw: Record<string, never>;
  try {
    raw = coder.decode(described.name, data);
  } catch (cause) {
    throw new ChainError('ACCOUNT_INVALID', `${address.toBase58()} is not a member's account of this client's coordinator program.`, { cause });
  }
  const big = (value: BN): bigint => BigInt(value.toString());
  const field = (snake: string): never => raw[snake] ?? raw[snake.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase())];
  return {
    address: address.toBase58(),
    node: (field('node') as PublicKey).toBase58(),
    payout: (field('payout') as PublicKey).toBase58(),
    network: decodeNetworkAddress(field('address_kind'), field('address_len'), Uint8Array.from(field('address'))),
    capacity: field('capacity'),
    deposit: big(field('deposit')),
    points: big(field('points')),
    owed: big(field('owed')),
    slashed: big(field('slashed')),
    vestedPoints: big(field('vested_points')),
    vestedEpoch: field('vested_epoch'),
    joinedEpoch: field('joined_epoch'),
  };
}

/**
 * The accounts of all nodes that ever joined a run.
 *
 * @param payout only those whose points this key may claim.
 * @throws ChainError `RPC_*`
 */
export async function findMembers(chain: Chain, run: PublicKey, payout?: PublicKey): Promise<MemberView[]> {
  const filters = [
    { memcmp: { offset: 0, bytes: bs58.encode(Uint8Array.from(described.discriminator)) } },
    { memcmp: { offset: RUN_OFFSET, bytes: run.toBase58() } },
    ...(payout ? [{ memcmp: { offset: PAYOUT_OFFSET, bytes: payout.toBase58() } }] : []),
  ];
  const { connection, programs, commitment } = chain;
  const found = await rpc(chain.rpcUrl, () => connection.getProgramAccounts(programs.coordinator, { commitment, filters }));
  return found.map(({ pubkey, account }) => decodeMember(pubkey, account.data));
}
