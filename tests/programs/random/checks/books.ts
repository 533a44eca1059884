import assert from 'node:assert/strict';
import { kindOf, type MemberAccount, readMember, readPaid, readToken, readTreasury, type TreasuryAccount } from '../accounts.js';
import { readRun, type RunBytes, STATE } from '../run-bytes.js';
import { type Change, lamports, type Sent } from './change.js';

/** What is known of one run, from its accounts alone. */
export interface RunBook {
  run: RunBytes | undefined;
  lamports: bigint;
  /** Open Member accounts, by address. */
  members: Map<string, MemberAccount & { lamports: bigint }>;
  /** What members had whose accounts were closed. */
  gone: { points: bigint; owed: bigint };
  treasury?: TreasuryAccount;
  treasuryAddress?: string;
  /** Lamports that convictions brought to the treasury's account. */
  fines: bigint;
  /** The treasury was found able to pay for the next epoch, and its rate has not changed since. */
  covered: boolean;
  /** In the vault. */
  held: bigint;
  /** Tokens that came into the vault past `fund`. */
  given: bigint;
  /** Of the treasury's account. */
  treasuryLamports: bigint;
  /** Base units paid, by Member account; records that were closed among them. */
  paid: Map<string, bigint>;
}

/** Keeps books of all runs by watching every change, so that sums need no search of the chain. */
export class Books {
  readonly #runs = new Map<string, RunBook>();
  /** Whose a claim record is: it does not say. */
  readonly #claims = new Map<string, { run: string; member: string }>();
  /** Which treasury's vault a token account is. */
  readonly #vaults = new Map<string, string>();
  /** Lamports that strangers sent to an account. */
  readonly given = new Map<string, bigint>();

  /** Books of their own, in which entries change nothing here. */
  copy(): Books {
    const books = new Books();
    for (const [run, book] of this.#runs) books.#runs.set(run, structuredClone(book));
    for (const [address, whose] of this.#claims) books.#claims.set(address, whose);
    for (const [address, run] of this.#vaults) books.#vaults.set(address, run);
    for (const [address, lamports] of this.given) books.given.set(address, lamports);
    return books;
  }

  of(run: string): RunBook {
    let book = this.#runs.get(run);
    if (!book) this.#runs.set(run, (book = empty()));
    return book;
  }

  /** Takes what a transaction changed to the books; gives the runs that are concerned. */
  take(sent: Sent, changes: readonly Change[]): Set<string> {
    const touched = new Set<string>();
    const order = (c: Change): number => (kindOf(c.after) === 'Treasury' ? 0 : 1);
    for (const change of [...changes].sort((a, b) => order(a) - order(b))) {
      const run = this.#takeOne(sent, change);
      if (run) touched.add(run);
      if (sent.name === 'system.transfer' && change.address === sent.accounts[1]) {
        this.given.set(change.address, (this.given.get(change.address) ?? 0n) + lamports(change.after) - lamports(change.before));
      }
    }
    return touched;
  }

  #takeOne(sent: Sent, { address, before, after }: Change): string | undefined {
    const kind = kindOf(after) === 'none' || kindOf(after) === 'system' ? kindOf(before) : kindOf(after);
    const open = kindOf(after) === kind;
    switch (kind) {
      case 'Run': {
        const book = this.of(address);
        const was = book.run;
        book.run = open ? readRun(after!.data) : undefined;
        book.lamports = lamports(after);
        if (sent.name === 'treasurer.resume_run') book.covered = true;
        else if (!book.run || endsCoverage(was, book.run)) book.covered = false;
        return address;
      }
      case 'Member': {
        const member = readMember((open ? after : before)!.data);
        const book = this.of(member.run);
        if (open) {
          book.members.set(address, { ...member, lamports: lamports(after) });
        } else {
          book.members.delete(address);
          book.gone = { points: book.gone.points + member.points, owed: book.gone.owed + member.owed };
        }
        return member.run;
      }
      case 'Treasury': {
        if (sent.name === 'coordinator.convict') this.of(sent.accounts[1]).fines += lamports(after) - lamports(before);
        const treasury = readTreasury((open ? after : before)!.data);
        const book = this.of(treasury.run);
        book.treasury = open ? treasury : undefined;
        book.treasuryLamports = lamports(after);
        book.treasuryAddress = address;
        this.#vaults.set(treasury.vault, treasury.run);
        return treasury.run;
      }
      case 'ClaimRecord': {
        const [, run, member] = sent.accounts;
        if (!this.#claims.has(address)) this.#claims.set(address, { run, member });
        const whose = this.#claims.get(address)!;
        const paid = readPaid((open ? after : before)!.data);
        const book = this.of(whose.run);
        assert.ok(paid >= (book.paid.get(whose.member) ?? 0n), 'what was paid stays paid');
        book.paid.set(whose.member, paid);
        return whose.run;
      }
      case 'token': {
        const [was, is] = [before, after].map((a) => (kindOf(a) === 'token' ? readToken(a!.data).amount : 0n));
        const run = this.#vaults.get(address);
        if (run === undefined) return undefined;
        const book = this.of(run);
        book.held = is;
        // A vault may have been there, and been given something, before its treasury.
        if (sent.name === 'treasurer.create_treasury') book.given = is;
        else if (sent.name === 'token.transfer') book.given += is - was;
        return run;
      }
      default:
        return undefined;
    }
  }
}

/** The epoch that was covered is over, or will have another rate than it was covered for. */
function endsCoverage(was: RunBytes | undefined, is: RunBytes): boolean {
  const rate = ({ n }: RunBytes): string => `${n.nextRateNum}/${n.nextRateDen}`;
  return is.n.epoch !== was?.n.epoch || (is.state <= STATE.Warmup && rate(is) !== rate(was));
}

const empty = (): RunBook => ({
  run: undefined, lamports: 0n, members: new Map(), gone: { points: 0n, owed: 0n }, treasuryLamports: 0n, fines: 0n, covered: false,
  held: 0n, given: 0n, paid: new Map(),
});
