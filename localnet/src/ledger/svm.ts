import litesvm from 'litesvm/dist/internal.js';
import type { Account, LiteSvm, TransactionMetadata } from 'litesvm/dist/internal.js';
import bs58 from 'bs58';
import type { AccountState } from './account.js';
import {
  addressBytes, FEATURE_PROGRAM, LOADER_UPGRADEABLE, LOADER_V1, LOADER_V2, LOADER_V4, NATIVE_LOADER, SYSVAR_OWNER,
  TOKEN_2022_PROGRAM, TOKEN_PROGRAM,
} from './addresses.js';
import { encodeClock } from './sysvars.js';
import { errorJson, type TransactionErrorJson } from './transaction-error.js';
import type { WireTransaction } from './wire.js';

export interface InnerInstruction {
  readonly programIdIndex: number;
  readonly accounts: readonly number[];
  readonly data: Uint8Array;
  readonly stackHeight: number;
}

/** What running a transaction gave. */
export interface Execution {
  readonly err: TransactionErrorJson | null;
  readonly logs: string[];
  readonly unitsConsumed: number;
  readonly returnData: { readonly programId: string; readonly data: Buffer } | null;
  /** By index of the top-level instruction; only those that called others. */
  readonly innerInstructions: { readonly index: number; readonly instructions: InnerInstruction[] }[];
}

export interface Simulation extends Execution {
  /** The writable accounts as they would be; empty if the transaction fails. */
  readonly accounts: ReadonlyMap<string, AccountState>;
}

/** Where a program data account says whether it has an upgrade authority: behind the u32 tag and the u64 slot. */
const PROGRAM_DATA_AUTHORITY = 12;

/** The mints of wrapped SOL hold 1 SOL on solana-test-validator. */
const NATIVE_MINTS = ['So11111111111111111111111111111111111111112', '9pan9bMn5HatX4EJdBwg9VgCa7Uz5HL8N1m5D3NdXejP'];
const NATIVE_MINT_LAMPORTS = 1_000_000_000n;

const GENESIS_OWNERS = [
  NATIVE_LOADER, LOADER_V1, LOADER_V2, LOADER_UPGRADEABLE, LOADER_V4, SYSVAR_OWNER, FEATURE_PROGRAM, TOKEN_PROGRAM,
  TOKEN_2022_PROGRAM,
];

/**
 * Solana's virtual machine with Agave's programs, precompiles and every feature that Agave knows active, as
 * solana-test-validator has them (SBPF v3 among them). It executes; blockhashes, duplicates and history are the bank's.
 *
 * It uses LiteSVM's native class and not its wrapper for @solana/kit: that one decodes and encodes every transaction and
 * address again, at three times the time of executing a transfer.
 */
export class Svm {
  readonly #vm: LiteSvm;

  constructor() {
    const vm = litesvm.LiteSvm.default();
    const features = litesvm.FeatureSet.allEnabled();
    vm.setFeatureSet(features);
    vm.setBuiltins();
    vm.setSysvars();
    vm.setEpochSchedule(new litesvm.EpochSchedule(432_000n, 432_000n, false, 0n, 0n));
    this.#vm = vm;
    // Before the programs: they count as deployed in the slot of the clock.
    this.setAccount(addressBytes('SysvarC1ock11111111111111111111111111111111'), {
      lamports: 1n, owner: SYSVAR_OWNER, executable: false,
      data: encodeClock({ slot: 0, unixTimestamp: 0, epochStartTimestamp: 0 }),
    });
    vm.setDefaultPrograms();
    vm.setPrecompiles();
    vm.withNativeMints();
    for (const mint of NATIVE_MINTS) this.#setLamports(addressBytes(mint), NATIVE_MINT_LAMPORTS);
    vm.setSigverify(true);
    vm.setBlockhashCheck(false);
    vm.setTransactionHistory(0n);
    for (const { address, account } of this.#owned(SYSVAR_OWNER)) this.#setLamports(address, this.rentExemption(account.data.length));
    for (const id of features.getActiveFeatures()) this.setAccount(id, featureAccount(this.rentExemption(9)));
  }

  rentExemption(bytes: number): bigint {
    return this.#vm.minimumBalanceForRentExemption(BigInt(bytes));
  }

  /** The hash that durable nonces are made of, which has nothing to do with the blockhashes of the bank. */
  latestBlockhash(): Uint8Array {
    return addressBytes(this.#vm.latestBlockhash());
  }

  account(address: Uint8Array): AccountState | null {
    const account = this.#vm.getAccount(address);
    return account && toState(account);
  }

  setAccount(address: Uint8Array, account: AccountState): void {
    const { lamports, data, owner, executable } = account;
    this.#vm.setAccount(address, new litesvm.Account(lamports, data, addressBytes(owner), executable, 2n ** 64n - 1n));
  }

  /** All accounts there are before the first transaction: builtins, Solana's own programs, sysvars, features. */
  genesisAccounts(): Map<string, AccountState> {
    const found = new Map<string, AccountState>();
    for (const owner of GENESIS_OWNERS) {
      for (const { address, account } of this.#owned(owner)) found.set(bs58.encode(address), account);
    }
    return found;
  }

  #setLamports(address: Uint8Array, lamports: bigint): void {
    const account = this.account(address);
    if (account) this.setAccount(address, { ...account, lamports });
  }

  #owned(owner: string): { address: Uint8Array; account: AccountState }[] {
    return this.#vm.getProgramAccounts(addressBytes(owner)).map((entry) => ({ address: entry.address, account: toState(entry.account()) }));
  }

  /**
   * Loads a program as solana-test-validator does: into the upgradeable loader, with the address of 32 zeros, whose key
   * nobody has, as its upgrade authority.
   */
  addProgram(id: Uint8Array, elf: Uint8Array): void {
    this.#vm.addProgramWithLoader(id, elf, addressBytes(LOADER_UPGRADEABLE));
    const code = this.account(id)?.data.subarray(4, 36);
    const account = code && this.account(code);
    if (!account) return;
    const data = Buffer.from(account.data);
    data[PROGRAM_DATA_AUTHORITY] = 1;
    this.setAccount(code, { ...account, data });
  }

  execute(tx: WireTransaction): Execution {
    const result = tx.version === 'legacy'
      ? this.#vm.sendLegacyTransaction(tx.bytes) : this.#vm.sendVersionedTransaction(tx.bytes);
    if (result instanceof litesvm.FailedTransactionMetadata) return execution(result.meta(), errorJson(result));
    return execution(result, null);
  }

  simulate(tx: WireTransaction, verifySignatures: boolean): Simulation {
    this.#vm.setSigverify(verifySignatures);
    try {
      const result = tx.version === 'legacy'
        ? this.#vm.simulateLegacyTransaction(tx.bytes) : this.#vm.simulateVersionedTransaction(tx.bytes);
      if (result instanceof litesvm.FailedTransactionMetadata) {
        return { ...execution(result.meta(), errorJson(result)), accounts: new Map() };
      }
      const accounts = result.postAccounts().map((a) => [bs58.encode(a.address), toState(a.account())] as const);
      return { ...execution(result.meta(), null), accounts: new Map(accounts) };
    } finally {
      this.#vm.setSigverify(true);
    }
  }
}

function toState(account: Account): AccountState {
  return {
    lamports: account.lamports(), owner: bs58.encode(account.owner()), executable: account.executable(),
    // A copy, because LiteSVM's buffer lies outside of V8's heap and would be freed late.
    data: Buffer.from(account.data()),
  };
}

function execution(meta: TransactionMetadata, err: TransactionErrorJson | null): Execution {
  const returned = meta.returnData();
  const data = Buffer.from(returned.data());
  return {
    err,
    logs: meta.logs(),
    unitsConsumed: Number(meta.computeUnitsConsumed()),
    returnData: data.length === 0 ? null : { programId: bs58.encode(returned.programId()), data },
    innerInstructions: meta.innerInstructions().flatMap((list, index) => (list.length === 0 ? [] : [{
      index,
      instructions: list.map((inner) => {
        const instruction = inner.instruction();
        return {
          programIdIndex: instruction.programIdIndex(), accounts: Array.from(instruction.accounts()),
          data: instruction.data(), stackHeight: inner.stackHeight(),
        };
      }),
    }])),
  };
}

function featureAccount(lamports: bigint): AccountState {
  // Option<u64>: activated in slot 0
  return { lamports, owner: FEATURE_PROGRAM, executable: false, data: Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0]) };
}
