import assert from 'node:assert/strict';
import { MEMBER_BYTES, TREASURY_BYTES } from '../accounts.js';
import { RUN_BYTES, STATE } from '../run-bytes.js';
import type { RunBook } from './books.js';
import type { Sent } from './change.js';

const sum = <T>(of: Iterable<T>, what: (item: T) => bigint): bigint => [...of].reduce((total, item) => total + what(item), 0n);
/** Whole base units of a Q64.64 amount, rounded up. */
const ceil = (q64: bigint): bigint => (q64 + (1n << 64n) - 1n) >> 64n;

/** The run and its members' accounts say the same. */
export function checkMembers(
  { run, members, gone, lamports }: RunBook, rent: (bytes: number) => bigint, address: string, given: ReadonlyMap<string, bigint>,
): void {
  if (!run) {
    assert.equal(members.size, 0, 'a run is closed after its members\' accounts');
    return;
  }
  const { n } = run;
  const accounts = [...members.values()];
  assert.equal(sum(accounts, (m) => m.points) + gone.points, n.pointsEarnedTotal, 'earned = the members\' points');
  assert.equal(sum(accounts, (m) => m.owed) + gone.owed, run.owedTotal, 'owed = what the members are owed');
  assert.equal(sum(accounts, (m) => m.deposit), n.depositsHeld, 'deposits held = the members\' deposits');
  assert.equal(BigInt(members.size), n.memberAccounts, 'member_accounts');
  for (const [at, m] of members) checkLamports(at, m.lamports, rent(MEMBER_BYTES) + m.deposit, given);
  checkLamports(address, lamports, rent(RUN_BYTES) + n.depositsForfeited, given);
  const keys = new Set(accounts.map((m) => m.node));
  for (const m of accounts) {
    if (m.vestedPoints > 0n) assert.ok(m.vestedPoints <= m.points, 'what was settled last is among the points');
  }
  for (const p of run.pending) assert.ok(keys.has(p.key), 'who is on the list has an account');
  const running = run.state >= STATE.Warmup && run.state <= STATE.Cooldown;
  for (const m of run.members) {
    if (m.settled === 0 && (running || m.forfeited === 1)) assert.ok(keys.has(m.key), 'who is not settled has an account');
  }
}

/** Exactly what belongs there, and at most what strangers sent on top. */
function checkLamports(address: string, has: bigint, due: bigint, given: ReadonlyMap<string, bigint>): void {
  const gift = given.get(address) ?? 0n;
  assert.ok(
    has >= due && has <= due + gift, `${address} holds ${has} lamports instead of ${due}${gift > 0n ? ` to ${due + gift}` : ''}`,
  );
}

/** The vault holds what came in less what went out, nobody is paid more than it is owed, and what is owed stays there. */
export function checkTreasury(
  sent: Sent, { run, members, gone, treasury, treasuryAddress, treasuryLamports, fines, held, given, paid, covered }: RunBook,
  rent: (bytes: number) => bigint, gifts: ReadonlyMap<string, bigint>,
): void {
  if (!treasury) return;
  checkLamports(treasuryAddress!, treasuryLamports, rent(TREASURY_BYTES) + fines, gifts);
  assert.equal(
    held, treasury.funded - treasury.paid - treasury.withdrawn + given, 'the vault holds what came in less what went out',
  );
  assert.equal(sum(paid.values(), (p) => p), treasury.paid, 'paid in all = paid to each');
  for (const [address, m] of members) {
    assert.ok((paid.get(address) ?? 0n) <= m.owed >> 64n, `${address} was paid more than it is owed`);
  }
  const owedTotal = sum(members.values(), (m) => m.owed) + gone.owed;
  const outstanding = ceil(owedTotal) - treasury.paid;
  assert.ok(outstanding >= 0n, 'nothing is paid that is not owed');
  if (run && covered) {
    const earned = (run.n.epochPoints * run.n.rateNum << 64n) / run.n.rateDen;
    assert.ok(ceil(owedTotal + earned) - treasury.paid <= held, 'an epoch that was covered can be paid');
  }
  if (run && sent.name === 'treasurer.claim') {
    const member = members.get(sent.accounts[2])!;
    assert.ok(
      run.state !== STATE.Cooldown || BigInt(member.vestedEpoch) !== run.n.epoch, 'what can still be taken back is not paid',
    );
  }
  if (sent.name === 'treasurer.withdraw') {
    assert.ok(!run || (run.state === STATE.Finished && held >= outstanding), 'what is owed is not withdrawn');
  }
}
