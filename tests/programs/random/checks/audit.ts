import assert from 'node:assert/strict';
import type { Bank } from '../../../../localnet/src/testing.js';
import { PublicKey } from '@solana/web3.js';
import { kindOf, readAuthorization, runOf } from '../accounts.js';
import { hexOf } from '../proposal.js';
import { NO_KEY, type RunBytes } from '../run-bytes.js';
import { checkMovements, checkRefused } from './balances.js';
import { Books } from './books.js';
import type { Change, Sent } from './change.js';
import { checkInvariant } from './invariant.js';
import { checkAccounts } from './members.js';
import { checkMembers, checkTreasury } from './sums.js';
import { checkCreated, checkTransition } from './transitions.js';

/** Checks, after each transaction, everything that must hold, on the accounts' bytes. */
export class Audit {
  readonly #rents = new Map<number, bigint>();

  readonly #books: Books;

  constructor(readonly bank: Bank, books = new Books()) {
    this.#books = books;
  }

  /** Another one that knows the same. */
  copy(): Audit {
    return new Audit(this.bank, this.#books.copy());
  }

  /** @param changes all that the transaction changed. @throws AssertionError */
  check(sent: Sent, changes: readonly Change[]): void {
    if (!sent.succeeded) {
      if (sent.fee > 0n) checkRefused(sent, changes);
      else assert.equal(changes.length, 0, 'what did not land changes nothing');
      return;
    }
    checkMovements(sent, changes);
    this.#checkAuthorizations(changes);
    checkOneRun(sent, changes);
    const runs = [...concerned(changes)].map((address) => ({ address, ...this.#books.of(address) }));
    const touched = this.#books.take(sent, changes);
    for (const { address, run: before, lamports: held } of runs) {
      const { run, lamports } = this.#books.of(address);
      if (run) checkInvariant(run);
      if (before && run) checkTransition(sent, before, run);
      if (before) checkAccounts(sent, changes, before);
      if (!before && run) checkCreated(sent, run);
      if (before && run && sent.name !== 'system.transfer') {
        assert.equal(
          lamports - held, run.n.depositsForfeited - before.n.depositsForfeited,
          'a run gets forfeited deposits, and nothing else',
        );
      }
      if (before && sent.name === 'coordinator.join_run') this.#checkPermission(sent, address, before);
    }
    for (const address of touched) {
      const book = this.#books.of(address);
      checkMembers(book, this.#rent, address, this.#books.given);
      checkTreasury(sent, book, this.#rent, this.#books.given);
    }
  }

  /** Into a run that has a join authority only those come that it let in. */
  #checkPermission(sent: Sent, run: string, { joinAuthority }: RunBytes): void {
    if (joinAuthority === NO_KEY) return;
    const [node, , , authorization] = sent.accounts;
    const account = this.bank.getAccount(authorization);
    assert.equal(kindOf(account), 'Authorization', 'a permissioned run asks for an authorization');
    const { active, grantor, grantee, delegates, scope } = readAuthorization(account!.data);
    assert.ok(
      active && grantor === joinAuthority && [grantee, ...delegates].includes(hexOf(new PublicKey(node))),
      'an authorization of the node by the authority',
    );
    assert.ok(
      [Buffer.from('psyche-join').toString('hex'), hexOf(new PublicKey(run))].includes(scope), 'an authorization for this run',
    );
  }

  /** An authorization holds its rent, whatever its length, and says ever the same of whose it is. */
  #checkAuthorizations(changes: readonly Change[]): void {
    for (const { address, before, after } of changes) {
      if (kindOf(after) !== 'Authorization') continue;
      const [due, gift] = [this.#rent(after!.data.length), this.#books.given.get(address) ?? 0n];
      assert.ok(
        after!.lamports >= due && after!.lamports <= due + gift, `${address} holds ${after!.lamports} lamports instead of ${due}`,
      );
      const is = readAuthorization(after!.data);
      assert.ok(is.delegates.length <= 16 && new Set(is.delegates).size === is.delegates.length, 'delegates');
      if (kindOf(before) !== 'Authorization') continue;
      const was = readAuthorization(before!.data);
      assert.deepEqual([is.grantor, is.grantee, is.scope], [was.grantor, was.grantee, was.scope]);
    }
  }

  readonly #rent = (bytes: number): bigint => {
    let rent = this.#rents.get(bytes);
    if (rent === undefined) this.#rents.set(bytes, (rent = this.bank.svm.rentExemption(bytes)));
    return rent;
  };
}

/** The Run accounts among the changed. */
function concerned(changes: readonly Change[]): Set<string> {
  return new Set(changes.filter((c) => kindOf(c.before) === 'Run' || kindOf(c.after) === 'Run').map((c) => c.address));
}

/** An instruction on one run leaves all others alone. */
function checkOneRun(sent: Sent, changes: readonly Change[]): void {
  const runs = new Set<string>();
  for (const { address, before, after } of changes) {
    for (const account of [before, after]) {
      const run = account && runOf(address, kindOf(account), account.data);
      if (run) runs.add(run);
    }
  }
  assert.ok(runs.size <= 1, `${sent.name} changed accounts of several runs: ${[...runs].join(', ')}`);
  for (const run of runs) {
    assert.ok(
      sent.accounts.includes(run) || OF_TREASURY.includes(sent.name),
      `${sent.name} changed accounts of ${run}, which it does not name`,
    );
  }
}

/** These name no run but what is its. */
const OF_TREASURY = ['treasurer.fund', 'system.transfer', 'token.transfer', 'token.harvest'];
