import type { Idl } from '@coral-xyz/anchor';
import type { PublicKey, TransactionInstruction } from '@solana/web3.js';
import { coordinatorIdl } from '../../../client/src/chain/idl.js';
import { layoutOf } from '../../../client/src/chain/layout.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import type { RunState } from '../../../client/src/protocol/run-view.js';
import type { Calls } from '../support/network.js';
import type { Stage } from './stage.js';

/** Overwrites bytes of an account, or removes it, for as long as one provocation takes. */
export type Edit = (address: PublicKey, change: ((data: Buffer) => void) | null) => void;

/** One way to an error: in this state these calls end with it, and the last of them is to blame. */
export interface Provocation {
  error: string;
  state: RunState;
  calls: (stage: Stage, edit: Edit) => Calls;
}

/** By `program.instruction`. */
export type Provocations = Readonly<Record<string, readonly Provocation[]>>;

/** A row of the table. */
export const when = (state: RunState, error: string, calls: Provocation['calls']): Provocation => ({ state, error, calls });

/** The call with other data. */
export function withData(call: Call, change: (data: Buffer) => Buffer): Call {
  const { programId, keys, data } = call.instruction;
  return { ...call, instruction: { programId, keys, data: change(Buffer.from(data)) } as TransactionInstruction };
}

/** The call with another account in the place of one. */
export function swapped(call: Call, from: PublicKey, to: PublicKey): Call {
  const { programId, keys, data } = call.instruction;
  const others = keys.map((k) => (k.pubkey.equals(from) ? { ...k, pubkey: to } : k));
  return { ...call, instruction: { programId, data, keys: others } as TransactionInstruction };
}

/** The calls of one, then of the other, in one transaction. */
export const both = (first: Provocation['calls'], second: Provocation['calls']): Provocation['calls'] => async (stage, edit) =>
  [await first(stage, edit), await second(stage, edit)].flat() as Call[];

/** The state of a convicted member, in the run's bytes. */
export const CONVICTED = 3;

const RUN = layoutOf(coordinatorIdl as unknown as Idl, 'Run').fields!;

/** Where a field of `Run` lies in the account, or a field of that. */
export function runOffset(field: string, inside?: string): number {
  const { offset, layout } = RUN.get(field)!;
  return 8 + offset + (inside ? layout.fields!.get(inside)!.offset : 0);
}

/** Where a field of the run's member at this index lies in the account. */
export function runMemberOffset(index: number, field: string): number {
  const { item } = RUN.get('members')!.layout;
  return runOffset('members') + index * item!.size + item!.fields!.get(field)!.offset;
}

/** Where the number of tokens lies in a token account. */
export const TOKENS_AT = 64;
