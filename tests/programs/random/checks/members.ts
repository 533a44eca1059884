import assert from 'node:assert/strict';
import { kindOf, readMember } from '../accounts.js';
import type { RunBytes } from '../run-bytes.js';
import type { Change, Sent } from './change.js';

/** What points are worth, Q64.64 base units, rounded down. */
const worth = (points: bigint, { n }: RunBytes): bigint => ((points * n.rateNum) << 64n) / n.rateDen;

/**
 * Nobody's account gains or loses points but by a settlement or a conviction, and then to the point what the epoch says.
 *
 * @param run as it was before.
 */
export function checkAccounts(sent: Sent, changes: readonly Change[], run: RunBytes): void {
  for (const { address, before, after } of changes) {
    if (kindOf(before) !== 'Member' || kindOf(after) !== 'Member') continue;
    const [was, is] = [readMember(before!.data), readMember(after!.data)];
    assert.deepEqual([is.run, is.node, is.payout], [was.run, was.node, was.payout], `${address} stays whose it is`);
    const [points, owed] = [is.points - was.points, is.owed - was.owed];
    const entry = run.members.find((m) => m.key === was.node);
    if (sent.name === 'coordinator.settle') {
      assert.deepEqual([points, owed], [entry!.points, worth(entry!.points, run)], 'a settlement brings what the epoch has');
      assert.deepEqual([is.vestedPoints, BigInt(is.vestedEpoch)], [points, run.n.epoch]);
      assert.equal(is.deposit, entry!.forfeited === 1 ? 0n : was.deposit, 'settling takes the deposits of the cold');
    } else if (sent.name === 'coordinator.convict') {
      const settled = entry!.settled === 1 && BigInt(was.vestedEpoch) === run.n.epoch ? was.vestedPoints : 0n;
      assert.deepEqual([points, owed], [-settled, -worth(settled, run)], 'a conviction takes what the epoch brought');
      assert.deepEqual([is.slashed - was.slashed, is.deposit], [settled + entry!.points, 0n]);
    } else {
      assert.deepEqual([points, owed, is.slashed], [0n, 0n, was.slashed], 'points move by settlements and convictions');
      const deposit = sent.name === 'coordinator.leave_run' ? 0n : was.deposit;
      const due = run.config.joinDeposit > was.deposit ? run.config.joinDeposit : was.deposit;
      assert.equal(is.deposit, sent.name === 'coordinator.join_run' ? due : deposit, 'a deposit is paid once, and returned once');
    }
  }
}
