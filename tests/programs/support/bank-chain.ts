import { Chain } from '../../../client/src/chain/chain.js';
import { programIds } from '../../../client/src/chain/program-ids.js';
import type { Bank } from '../../../localnet/src/testing.js';

/** What the client's call builders ask of a chain, answered by a bank in this process: nothing is ever connected. */
export class BankChain extends Chain {
  readonly #bank: Bank;

  constructor(bank: Bank) {
    super({ rpcUrl: 'http://127.0.0.1:1', wsUrl: 'ws://127.0.0.1:1', commitment: 'processed', programs: programIds() });
    this.#bank = bank;
  }

  override rent(bytes: number): Promise<bigint> {
    return Promise.resolve(this.#bank.svm.rentExemption(bytes));
  }
}
