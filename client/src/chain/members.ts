import { BorshAccountsCoder, type Idl } from '@coral-xyz/anchor';
import { PublicKey } from '@solana/web3.js';
import type BN from 'bn.js';
import { ChainError } from './errors.js';
import { coordinatorIdl } from './idl.js';
import { decodeNetworkAddress, type NetworkAddress } from './network-address.js';

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
  vestedEpoch: number;
  joinedEpoch: number;
}

const coder = new BorshAccountsCoder(coordinatorIdl as unknown as Idl);
const name = coordinatorIdl.accounts.find((a) => a.name.toLowerCase() === 'member')?.name as string;

/** Decodes a Member account. @throws ChainError `ACCOUNT_INVALID` */
export function decodeMember(address: PublicKey, data: Buffer): MemberView {
  let raw: Record<string, never>;
  try {
    raw = coder.decode(name, data);
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
    vestedEpoch: field('vested_epoch'),
    joinedEpoch: field('joined_epoch'),
  };
}
