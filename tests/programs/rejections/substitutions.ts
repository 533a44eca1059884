import { type AccountMeta, type PublicKey, SystemProgram } from '@solana/web3.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import type { Network } from '../support/network.js';
import { strangerKey } from './scenery.js';

/**
 * What can be wrong with one account of an instruction.
 * - `unsigned`, `readonly`: the flag is missing.
 * - `twin`: the account of the same kind that the same instruction of another run has.
 * - `sibling`: another account of the same kind of this run.
 * - `forged`: the same bytes at another address, owned by another program.
 * - `missing`: an address without an account.
 * - `type`: an account of another type of the same owner.
 * - `duplicate`: another account of the same instruction, once more.
 */
export const KINDS = ['unsigned', 'readonly', 'twin', 'sibling', 'forged', 'missing', 'type', 'duplicate'] as const;
export type Kind = (typeof KINDS)[number];

/** An account of an instruction, as the interface description has it. */
export interface DescribedAccount {
  name: string;
  signer?: boolean;
  writable?: boolean;
  optional?: boolean;
}

export interface Substitution {
  kind: Kind;
  /** The calls with the account changed. */
  calls: Call[];
  /** For messages: what took its place. */
  by: string;
}

/** A call that succeeds, with what its accounts may be confused with. */
export interface Subject {
  network: Network;
  /** The last is the one to be tried; the others come before it in the transaction. */
  calls: readonly Call[];
  /** The same call of another run. */
  twin: Call;
  accounts: readonly DescribedAccount[];
  /** Others of the same kind in the same run, by account name. */
  siblings: Readonly<Record<string, readonly PublicKey[]>>;
  /** All accounts of the scene, for confusing types. */
  pool: readonly PublicKey[];
}

/** Everything that can be wrong with the account at this place. */
export function substitutions(subject: Subject, at: number): Substitution[] {
  const { network, calls, twin, accounts, siblings } = subject;
  const { keys } = calls.at(-1)!.instruction;
  const meta = keys[at];
  const { name, signer, writable } = accounts[at];
  const changed = (kind: Kind, change: Partial<AccountMeta>, by: string = kind): Substitution =>
    ({ kind, calls: withMeta(calls, at, change), by });
  const instead = (kind: Kind, pubkey: PublicKey, by: string = kind): Substitution => changed(kind, { pubkey }, by);

  const found: Substitution[] = [];
  if (signer || meta.isSigner) found.push(changed('unsigned', { isSigner: false }));
  if (writable) found.push(changed('readonly', { isWritable: false }));
  const other = twin.instruction.keys[at].pubkey;
  if (!other.equals(meta.pubkey)) found.push(instead('twin', other));
  for (const sibling of siblings[name] ?? []) {
    if (!sibling.equals(meta.pubkey)) found.push(instead('sibling', sibling, sibling.toBase58()));
  }
  const account = network.bank.getAccount(meta.pubkey);
  const forged = account && !account.executable && account.data.length > 0 ? forge(network, meta.pubkey) : undefined;
  if (forged) found.push(instead('forged', forged));
  found.push(instead('missing', strangerKey(`nobody is ${name}`).publicKey));
  const type = account && account.data.length > 0 ? anotherType(subject, meta.pubkey) : undefined;
  if (type) found.push(instead('type', type));
  for (const [i, key] of keys.entries()) {
    if (i !== at && !key.pubkey.equals(meta.pubkey)) found.push(instead('duplicate', key.pubkey, accounts[i]?.name ?? `account ${i}`));
  }
  return found;
}

function withMeta(calls: readonly Call[], at: number, change: Partial<AccountMeta>): Call[] {
  const last = calls.at(-1)!;
  const keys = last.instruction.keys.map((key, i) => (i === at ? { ...key, ...change } : key));
  const { programId, data } = last.instruction;
  return [...calls.slice(0, -1), { ...last, instruction: { programId, data, keys } as Call['instruction'] }];
}

/** The same bytes and lamports at another address, under a program that is neither the owner nor the system's. */
function forge(network: Network, original: PublicKey): PublicKey {
  const copy = strangerKey(`copy of ${original.toBase58()}`).publicKey;
  const account = network.bank.getAccount(original)!;
  const owner = [network.ids.treasurer, network.ids.coordinator].find((id) => id.toBase58() !== account.owner)!;
  network.bank.setAccount(copy.toBase58(), { ...account, owner: owner.toBase58() });
  return copy;
}

/** An account of the scene with the same owner, whose first bytes say that it is something else. */
function anotherType({ network, pool }: Subject, original: PublicKey): PublicKey | undefined {
  const account = network.bank.getAccount(original)!;
  if (account.owner === SystemProgram.programId.toBase58() || account.executable) return undefined;
  return pool.find((address) => {
    const candidate = network.bank.getAccount(address);
    return candidate?.owner === account.owner && candidate.data.length !== account.data.length;
  });
}
