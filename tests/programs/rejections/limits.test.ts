import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemProgram } from '@solana/web3.js';
import type { Rate } from '../../../client/src/chain/treasurer-calls.js';
import { coolDown, playRound, startTraining } from '../support/epoch.js';
import { PaidRun } from '../support/paid-run.js';
import { type Node, Scene } from '../support/scene.js';
import { assertSumsExact } from '../support/sums.js';
import { tokenAccount } from '../support/tokens.js';

const MOST = 2n ** 64n - 1n;
const ONE: Rate = { num: 1n, den: 1n };

/** Plays all steps of a run to its end. */
async function playOut(scene: Scene, nodes: Node[], capacities: number[] = []): Promise<void> {
  await startTraining(scene, nodes, capacities);
  while (scene.view().state === 'RoundTrain') {
    await playRound(scene, nodes);
    assertSumsExact(scene);
  }
  await coolDown(scene, nodes);
  assert.equal(scene.view().state, 'Finished');
  assertSumsExact(scene);
}

/** A finished run with a treasury, whose members have accounts for their tokens. */
async function played(steps: number, pointsPerStep: bigint, rate: Rate, held: bigint, members = 1): Promise<{ paid: PaidRun; nodes: Node[] }> {
  const paid = await PaidRun.open(held, rate, { settings: { totalSteps: steps, pointsPerStep, witnessPermille: 333 } });
  const nodes = paid.scene.nodes(members);
  for (const node of nodes) await tokenAccount(paid.scene.network, node.payout, paid.mint);
  await playOut(paid.scene, nodes, [8, 1, 5].slice(0, members));
  return { paid, nodes };
}

describe('points at their limits', () => {
  // 2^64 - 1 = 3 · 5 · 17 · 257 · 641 · 65,537 · 6,700,417
  for (const [steps, members] of [[1, 1], [3, 3], [5, 7]] as const) {
    it(`${steps} steps award 2^64 - 1 points to ${members}, none more and none less`, async () => {
      const batch = { globalBatchSizeStart: 29, globalBatchSizeEnd: 29 };
      const settings = { totalSteps: steps, pointsPerStep: MOST / BigInt(steps), witnessPermille: 999, ...batch };
      const scene = await Scene.open({ settings });
      const nodes = scene.nodes(members);
      await playOut(scene, nodes, [1, 3, 8, 8, 2, 5, 1]);
      const { pointsAwardedTotal, pointsEarnedTotal, carry } = scene.view();
      assert.deepEqual([pointsAwardedTotal, pointsEarnedTotal + carry], [MOST, MOST]);
      assert.equal(nodes.reduce((sum, n) => sum + scene.member(n)!.points, 0n), pointsEarnedTotal);
      assert.ok(carry < 64n, 'what is carried is the rest of a division');
    });
  }

  it('a step more than fits is refused, and so is a rate that makes them worth 2^63', async () => {
    await assert.rejects(Scene.sealed({ settings: { totalSteps: 3, pointsPerStep: MOST / 3n + 1n } }), /InvalidPoints/);
    const worth: [bigint, Rate][] = [
      [2n ** 63n, ONE], [1n, { num: 2n ** 63n, den: 1n }], [MOST, { num: MOST, den: MOST }], [2n ** 62n, { num: 4n, den: 2n }],
    ];
    for (const [pointsPerStep, rate] of worth) {
      const paid = PaidRun.funded(0n, rate, { settings: { totalSteps: 1, pointsPerStep } });
      await assert.rejects(paid, /InvalidRate/, `${pointsPerStep} points`);
    }
  });

  it('nothing per step is nothing owed, at any rate', async () => {
    const { paid, nodes } = await played(2, 0n, { num: MOST, den: 1n }, 1n, 2);
    for (const node of nodes) {
      assert.deepEqual([paid.scene.member(node)!.points, paid.scene.member(node)!.owed], [0n, 0n]);
      await paid.scene.network.refused('NothingToClaim', paid.claim(node), node.payout);
    }
    await paid.scene.network.refused('NothingToClaim', paid.claim(nodes[0], MOST), nodes[0].payout);
    await tokenAccount(paid.scene.network, paid.authority, paid.mint);
    await paid.scene.network.ok(paid.withdraw(1n), paid.authority);
  });
});

describe('money at its limits', () => {
  it('2^63 - 1 base units are owed, held and claimed, with the largest amount there is asked for', async () => {
    const most = 2n ** 63n - 1n;
    const { paid, nodes: [node] } = await played(1, most, ONE, most);
    const { network } = paid.scene;
    assert.equal(paid.scene.member(node)!.owed, most << 64n);
    await network.ok(paid.claim(node, 1n), node.payout);
    await network.ok(paid.claim(node, MOST), node.payout);
    assert.deepEqual([paid.paidOut(node), paid.held], [most, 0n]);
    await network.refused('NothingToClaim', paid.claim(node, MOST), node.payout);
    await network.refused('NothingToClaim', paid.claim(node), node.payout);
  });

  it('the finest rate pays the one unit that 2^64 - 1 points are worth, and nothing for one less', async () => {
    const full = await played(1, MOST, { num: 1n, den: MOST }, 1n);
    await full.paid.scene.network.ok(full.paid.claim(full.nodes[0]), full.nodes[0].payout);
    assert.deepEqual([full.paid.paidOut(full.nodes[0]), full.paid.held], [1n, 0n]);
    const less = await played(1, MOST - 1n, { num: 1n, den: MOST }, 1n);
    await less.paid.scene.network.refused('NothingToClaim', less.paid.claim(less.nodes[0]), less.nodes[0].payout);
    // It is owed in part, and parts are kept for their owners.
    await tokenAccount(less.paid.scene.network, less.paid.authority, less.paid.mint);
    await less.paid.scene.network.refused('OwedToMembers', less.paid.withdraw(1n), less.paid.authority);
  });

  it('shares of an odd rate are rounded down for each and up for the vault', async () => {
    const { paid, nodes } = await played(3, 1_000_003n, { num: 999_983n, den: 1_000_033n }, 3_000_000n, 3);
    const { network } = paid.scene;
    await tokenAccount(network, paid.authority, paid.mint);
    const owed = nodes.map((n) => paid.scene.member(n)!.owed);
    const total = owed.reduce((a, b) => a + b);
    assert.equal(total, paid.scene.view().owedTotal);
    const free = paid.held - ((total + MOST) >> 64n);
    await network.refused('OwedToMembers', paid.withdraw(free + 1n), paid.authority);
    await network.ok(paid.withdraw(free), paid.authority);
    for (const [i, node] of nodes.entries()) {
      // In seven parts, the last of them larger than what is left.
      const due = owed[i] >> 64n;
      for (let part = 0; part < 7; part++) await network.ok(paid.claim(node, due / 7n + 1n), node.payout);
      await network.refused('NothingToClaim', paid.claim(node), node.payout);
      assert.equal(paid.paidOut(node), due);
    }
    assert.ok(paid.held <= 3n, 'fractions of units that belong to nobody');
  });

  it('a fund of more than there is, or than fits, moves nothing', async () => {
    const paid = await PaidRun.funded(MOST, ONE, { settings: { totalSteps: 1, pointsPerStep: 1n } });
    assert.equal(paid.held, MOST);
    // The mint itself has no more to give: the supply is at its limit.
    await assert.rejects(paid.fund(1n));
    assert.equal(paid.held, MOST);
    await paid.scene.network.ok(paid.resume(), paid.authority);
  });
});

describe('a deposit at its limit', () => {
  it('of 1,000 SOL is paid once and given back, and never without the lamports', async () => {
    const joinDeposit = 1_000n * 1_000_000_000n;
    const scene = await Scene.open({ settings: { joinDeposit, epochTime: 1 } });
    const { network } = scene;
    const [rich, poor] = scene.nodes(2);
    const owner = SystemProgram.programId.toBase58();
    const give = (lamports: bigint): void =>
      network.bank.setAccount(rich.key.publicKey.toBase58(), { lamports, owner, data: Buffer.alloc(0), executable: false });
    await scene.refused('NoFunds', 'joinRun', poor.key, scene.joining(poor));
    assert.equal(scene.member(poor), undefined);
    give(joinDeposit + 10_000_000n);
    await scene.join(rich);
    await scene.join(rich);
    assert.deepEqual([scene.member(rich)!.deposit, scene.view().depositsHeld], [joinDeposit, joinDeposit]);
    await startTraining(scene, [rich]);
    await playRound(scene, [rich]);
    await coolDown(scene, [rich]);
    await scene.ok('leaveRun', rich.key);
    assert.ok(network.lamports(rich.key.publicKey) > joinDeposit);
    assert.equal(scene.view().depositsHeld, 0n);
  });
});

describe('time at its limits', () => {
  it('a run of the longest times still ends its states', async () => {
    const days = 30 * 86_400;
    const year = 366 * 86_400;
    const inEpoch = { warmupTime: days, cooldownTime: days, maxRoundTrainTime: days, roundWitnessTime: days };
    const times = { ...inEpoch, epochTime: year, waitingForMembersExtraTime: days };
    const smallest = { pointsPerStep: 1n, sequenceLength: 1, globalBatchSizeStart: 1, globalBatchSizeEnd: 1 };
    const scene = await Scene.open({ settings: { ...times, ...smallest, slotMs: 1000, totalSteps: 2 ** 32 - 1 } });
    await startTraining(scene, scene.nodes(1));
    scene.pass(days - 1);
    await scene.refused('TooEarly', 'tick', scene.anyone);
    scene.pass(year - days);
    await scene.tick();
    assert.equal(scene.view().state, 'RoundWitness');
    scene.pass(days - 1);
    await scene.refused('TooEarly', 'tick', scene.anyone);
    scene.pass(1);
    await scene.tick();
    assert.equal(scene.view().state, 'Cooldown');
    assertSumsExact(scene);
  });
});
