import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindOf, PLACES } from './accounts.js';
import type { Audit } from './checks/audit.js';
import type { Change, Sent } from './checks/change.js';
import { Dice } from './dice.js';
import { placeInRun, readRun, STATE } from './run-bytes.js';
import { Statistics } from './statistics.js';
import { Walk } from './walk.js';

/** Fields of a Run of which none can be one more than it is. */
const RUN_FIELDS = [
  'pointsAwardedTotal', 'pointsEarnedTotal', 'pointsForfeited', 'epochPoints', 'carry', 'depositsHeld', 'depositsForfeited',
  'owedTotal', 'memberAccounts', 'healthyCount', 'state', 'decided', 'epoch', 'step', 'tokensProcessed', 'dataPosition', 'rateDen',
  'version', 'seedSlot', 'authority', 'treasury', 'joinAuthority', 'runId', 'epochHash', 'config',
];
const MEMBER_FIELDS = ['key', 'points', 'state', 'rejoined', 'forfeited'];
const ROUND_FIELDS = ['trainerOrder', 'witnesses', 'round', 'batchSize', 'seedPinned', 'witnessCount'];

/** What an instruction sets to what it is told: the audit can't know better. */
const GIVEN: Record<string, readonly string[]> = {
  'coordinator.create_run': ['treasury', 'joinAuthority', 'runId'], 'coordinator.set_join_authority': ['joinAuthority'],
};

/** A change with one number of the account's one higher, and what it is called; undefined where there is none. */
function forge(sent: Sent, change: Change, dice: Dice): { change: Change; what: string } | undefined {
  const { after } = change;
  const kind = kindOf(after);
  if (after === null || ['none', 'other', 'mint', 'RunInstance', 'Manifest'].includes(kind)) return undefined;
  const data = Buffer.from(after.data);
  const forged = (what: string): { change: Change; what: string } => (
    { what: `${kind}.${what}`, change: { ...change, after: { ...after, data } } }
  );
  if (kind === 'Run') {
    const run = readRun(after.data);
    const training = run.witnesses.length > 0;
    const places = [
      ...RUN_FIELDS.map((name) => [name, placeInRun(name).at] as const),
      ...(training ? ROUND_FIELDS.map((name) => [name, placeInRun(name).at] as const) : []),
      ...(
        run.members.length > 0 ? MEMBER_FIELDS.map((name) => [`members.${name}`, placeInRun('members', 0, name).at] as const) : []
      ),
      ...(run.pending.length > 0 ? [['pending.key', placeInRun('pending', 0, 'key').at] as const] : []),
      ['votes.voted', placeInRun('votes', 31, 'voted').at] as const,
    ];
    const [what, at] = dice.pick(places);
    if (GIVEN[sent.name]?.includes(what)) return undefined;
    data[at] = (data[at] + 1) & 0xff;
    return forged(what);
  }
  const numbers = PLACES[kind];
  if (numbers && dice.chance(0.8)) {
    const [what, at] = dice.pick(Object.entries(numbers));
    data.writeBigUInt64LE(data.readBigUInt64LE(at) + 1n, at);
    return forged(what);
  }
  return { what: `${kind}.lamports`, change: { ...change, after: { ...after, lamports: after.lamports + 1n } } };
}

test('the audit notices whatever is one more than it should be', async () => {
  const dice = new Dice(7);
  const noticed = new Map<string, number>();
  const watch = (audit: Audit, sent: Sent, changes: readonly Change[]): void => {
    if (!sent.succeeded || changes.length === 0) return;
    const ours = changes.flatMap((c, i) => (kindOf(c.after) === 'system' ? [] : [i]));
    const at = ours.length === 0 || dice.chance(0.1) ? dice.int(0, changes.length - 1) : dice.pick(ours);
    const forgery = forge(sent, changes[at], dice);
    if (!forgery) return;
    assert.throws(
      () => audit.copy().check(sent, changes.with(at, forgery.change)), `${sent.name}: ${forgery.what} is not noticed`,
    );
    noticed.set(forgery.what, (noticed.get(forgery.what) ?? 0) + 1);
  };
  for (let i = 0; i < 3; i++) {
    const walk = await Walk.start(new Statistics(), watch);
    for (let step = 0; step < 700; step++) walk.step(dice.next());
  }
  console.log([...noticed].map(([what, times]) => `${what} ${times}`).sort().join(', '));
  for (const name of [...RUN_FIELDS, ...MEMBER_FIELDS.map((f) => `members.${f}`), 'votes.voted', 'pending.key']) {
    assert.ok(noticed.has(`Run.${name}`), `nobody tried Run.${name}`);
  }
});
