import { BorshInstructionCoder, type Idl } from '@coral-xyz/anchor';
import { type AccountMeta, PublicKey, TransactionInstruction } from '@solana/web3.js';

/** Accounts by their name in the interface description; what it gives an address needs none, what is optional may miss. */
export type Accounts = Record<string, PublicKey>;

interface Described {
  name: string;
  writable?: boolean;
  signer?: boolean;
  optional?: boolean;
  address?: string;
}

/**
 * Builds any instruction from the interface description alone: apart from the client's builders, so that what those
 * would never send can be sent too.
 */
export class Builder {
  readonly #coder: BorshInstructionCoder;
  readonly #described: Map<string, Described[]>;

  /** The program's name. */
  readonly title: string;

  constructor(idl: unknown, readonly program: PublicKey) {
    this.title = (idl as { metadata: { name: string } }).metadata.name;
    this.#coder = new BorshInstructionCoder(idl as Idl);
    this.#described = new Map(
      (idl as { instructions: { name: string; accounts: Described[] }[] }).instructions.map((i) => [i.name, i.accounts])
    );
  }

  /** The names of all instructions. */
  get names(): string[] {
    return [...this.#described.keys()];
  }

  /** @param name in snake case, as are the arguments' names. */
  build(name: string, args: object, accounts: Accounts, remaining: readonly AccountMeta[] = []): TransactionInstruction {
    const keys = this.#described.get(name)!.map((d): AccountMeta => {
      const pubkey = d.address ? addressOf(d.address) : accounts[d.name];
      if (pubkey) return { pubkey, isSigner: d.signer ?? false, isWritable: d.writable ?? false };
      if (d.optional) return { pubkey: this.program, isSigner: false, isWritable: false };
      throw new Error(`${name} needs the account "${d.name}"`);
    });
    return new TransactionInstruction(
      { programId: this.program, keys: [...keys, ...remaining], data: this.#coder.encode(name, args) }
    );
  }
}

const known = new Map<string, PublicKey>();

function addressOf(text: string): PublicKey {
  let key = known.get(text);
  if (!key) known.set(text, (key = new PublicKey(text)));
  return key;
}
