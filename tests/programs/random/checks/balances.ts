import assert from 'node:assert/strict';
import { kindOf, readToken } from '../accounts.js';
import { type Change, lamports, type Sent } from './change.js';
import { MAY_CHANGE } from './rules.js';

/** Instructions by which a treasury pays: they alone move tokens whose owner has not signed. */
const PAYING = ['treasurer.claim', 'treasurer.withdraw'];

/** Nothing but the fee goes when an instruction is refused. */
export function checkRefused(sent: Sent, changes: readonly Change[]): void {
  const others = changes.filter((c) => c.address !== sent.payer);
  assert.deepEqual(others.map((c) => c.address), [], 'what is refused changes nothing');
  const [{ before, after }] = changes;
  assert.equal(lamports(before) - lamports(after), sent.fee, 'what is refused costs its fee');
  assert.ok(after === null || before!.data.equals(after.data), 'what is refused writes nothing');
}

/** No lamport and no token appears, vanishes, or leaves anyone who has not signed; only what the instruction is about changes. */
export function checkMovements(sent: Sent, changes: readonly Change[]): void {
  assert.equal(
    changes.reduce((sum, c) => sum + lamports(c.after) - lamports(c.before), 0n), -sent.fee,
    'lamports are conserved but for the fee',
  );
  const tokens = new Map<string, bigint>();
  for (const change of changes) {
    if (sent.name === 'system.transfer' && change.after) {
      // Lamports can be sent to any account; nothing else of it changes.
      assert.ok(!change.before || change.before.data.equals(change.after.data), `${change.address} got lamports and changed`);
      if (lamports(change.after) > lamports(change.before)) continue;
    }
    const [was, is] = [kindOf(change.before), kindOf(change.after)];
    if (change.address !== sent.payer) {
      for (const kind of [was, is]) {
        // An account that comes or goes is nobody's before or after.
        assert.ok(
          kind === 'none' || kind === 'system' || MAY_CHANGE[sent.name].includes(kind),
          `${sent.name} changed ${change.address}, a ${kind}`,
        );
      }
      const wallet = was === 'system' || is === 'system';
      assert.ok(!wallet || MAY_CHANGE[sent.name].includes('system') || was !== is, `${sent.name} changed ${change.address}`);
    }
    if (was === 'system' && lamports(change.after) < lamports(change.before)) {
      assert.ok(sent.signers.has(change.address), `${change.address} lost lamports without its signature`);
    }
    if (was === 'token' || is === 'token') checkTokens(sent, change, tokens);
  }
  // Harvesting moves what was withheld into the mint.
  if (sent.name !== 'token.harvest') {
    for (const [mint, difference] of tokens) assert.equal(difference, 0n, `tokens of ${mint} are conserved`);
  }
}

function checkTokens(sent: Sent, { address, before, after }: Change, sums: Map<string, bigint>): void {
  const was = kindOf(before) === 'token' ? readToken(before!.data) : undefined;
  const is = kindOf(after) === 'token' ? readToken(after!.data) : undefined;
  if (!is) {
    assert.ok(
      sent.name === 'treasurer.close_treasury' && was!.amount + was!.withheld === 0n, `the token account ${address} was closed`,
    );
    return;
  }
  if (was) {
    assert.deepEqual(
      [is.owner, is.mint, lamports(after)], [was.owner, was.mint, lamports(before)], `the token account ${address} changed hands`,
    );
  }
  const gained = is.amount + is.withheld - (was ? was.amount + was.withheld : 0n);
  sums.set(is.mint, (sums.get(is.mint) ?? 0n) + gained);
  if (was && is.amount < was.amount) {
    assert.ok(sent.signers.has(was.owner) || PAYING.includes(sent.name), `${address} lost tokens without its owner's signature`);
  }
}
