import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ComputeBudgetProgram, Keypair, type PublicKey, SystemProgram, Transaction } from '@solana/web3.js';
import { AuthorizerCalls } from '../../../client/src/chain/authorizer-calls.js';
import { CoordinatorCalls } from '../../../client/src/chain/coordinator-calls.js';
import { chainErrorOf } from '../../../client/src/chain/failure.js';
import type { ProgramIds } from '../../../client/src/chain/program-ids.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import { TreasurerCalls } from '../../../client/src/chain/treasurer-calls.js';
import { PROJECT_ROOT } from '../../../client/src/version.js';
import { type Bank, createTestBank, type SendResult } from '../../../localnet/src/testing.js';
import { signedBytes } from '../../../localnet/src/ledger/signing.js';
import { BankChain } from './bank-chain.js';

/** One call, several for one transaction, or a promise of one as the call builders give it. */
export type Calls = Call | Promise<Call> | readonly Call[] | Promise<readonly Call[]>;

/** What came of a transaction, and how it went over the wire. */
export type Done = SendResult & { wire: Uint8Array };

/** The compiled programs on a chain in this process, whose slots pass only when told to. */
export class Network {
  readonly bank: Bank;
  readonly ids: ProgramIds;
  readonly coordinator: CoordinatorCalls;
  readonly treasurer: TreasurerCalls;
  readonly authorizer: AuthorizerCalls;
  #sent = 0;

  constructor() {
    this.bank = createTestBank();
    const chain = new BankChain(this.bank);
    this.ids = chain.programs;
    for (const name of ['authorizer', 'coordinator', 'treasurer'] as const) {
      this.bank.svm.addProgram(this.ids[name].toBytes(), readFileSync(join(PROJECT_ROOT, 'programs/deploy', `${name}.so`)));
    }
    this.bank.advanceSlots(1);
    this.coordinator = new CoordinatorCalls(chain);
    this.treasurer = new TreasurerCalls(chain);
    this.authorizer = new AuthorizerCalls(chain);
  }

  get slot(): number {
    return this.bank.slot;
  }

  /** The keypair of this name, the same in every run; it holds 10 SOL the first time it is asked for. */
  key(name: string, lamports = 10_000_000_000n): Keypair {
    const key = Keypair.fromSeed(createHash('sha256').update(name).digest());
    const address = key.publicKey.toBase58();
    if (!this.bank.getAccount(address)) {
      this.bank.setAccount(address, { lamports, owner: SystemProgram.programId.toBase58(), data: Buffer.alloc(0), executable: false });
    }
    return key;
  }

  lamports(address: PublicKey): bigint {
    return this.bank.getAccount(address)?.lamports ?? 0n;
  }

  /** Sends with the client's own compute-unit limits; the first signer pays. Whatever comes of it is given back. */
  async send(calls: Calls, ...signers: Keypair[]): Promise<Done> {
    const list = [await calls].flat() as Call[];
    // A limit that differs each time tells equal transactions apart.
    const units = 300 + list.reduce((sum, c) => sum + c.computeUnits, 0) + (this.#sent++ % 1000);
    const transaction = new Transaction({ feePayer: signers[0].publicKey, recentBlockhash: this.bank.latestBlockhash().blockhash });
    transaction.add(ComputeBudgetProgram.setComputeUnitLimit({ units }), ...list.map((c) => c.instruction));
    const wire = signedBytes(transaction, signers);
    return { ...this.bank.sendTransaction(wire), wire };
  }

  /** Sends what must succeed. */
  async ok(calls: Calls, ...signers: Keypair[]): Promise<Done> {
    const done = await this.send(calls, ...signers);
    assert.equal(done.err, null, `${JSON.stringify(done.err)}\n${done.logs.join('\n')}`);
    return done;
  }

  /**
   * Sends what must be refused, and checks by which error.
   *
   * @param name the program's error, e.g. `TooEarly`, or one of Anchor's, e.g. `ConstraintSeeds`.
   */
  async refused(name: string, calls: Calls, ...signers: Keypair[]): Promise<Done> {
    const done = await this.send(calls, ...signers);
    assert.notEqual(done.err, null, `must be refused with ${name}, but succeeded`);
    const instructionPrograms = ['', ...([await calls].flat() as Call[]).map((c) => c.instruction.programId.toBase58())];
    const error = chainErrorOf({ programs: this.ids, instructionPrograms, logs: done.logs, err: done.err as never });
    const logged = done.logs.map((line) => /Error Code: (\w+)\./.exec(line)?.[1]).findLast((code) => code !== undefined);
    assert.equal(error.programError?.name ?? logged ?? JSON.stringify(done.err), name, `${error.message}\n${done.logs.join('\n')}`);
    return done;
  }
}
