import assert from 'node:assert/strict';
import { instanceAddress } from '../../../client/src/chain/addresses.js';
import type { Node } from '../support/scene.js';
import { tokenAccount, tokens } from '../support/tokens.js';
import { Story } from './story.js';

const FIRST_RATE = { num: 7n, den: 3n };
const SECOND_RATE = { num: 5n, den: 11n };

/** How a run of so many members goes. */
export interface Plot {
  members: number;
  /** A Warmup that nobody answers comes first. */
  calledOff: boolean;
  /** How many of the first epoch's members come again. */
  again: number;
  token2022: boolean;
}

/**
 * A run in two epochs, through every state, to the last account closed: a Warmup called off, a member that stays cold,
 * undecided rounds, one and then three in a row, a trainer whose work is missing, a witness that is silent, a pause with
 * other settings and another rate, members that leave, come again and come new, claims in part and to the last unit.
 */
export async function wholeRun({ members, calledOff, again, token2022 }: Plot): Promise<void> {
  const settings = {
    initMinClients: members, totalSteps: 5, pointsPerStep: 1_000_003n, witnessPermille: 137,
    globalBatchSizeStart: 29 + 2 * members, globalBatchSizeEnd: 61 + 3 * members, globalBatchSizeWarmupTokens: 64n * 100n,
  };
  const story = await Story.begin(settings, FIRST_RATE, token2022);
  const { scene, paid, expected, network } = story;
  const nodes = scene.nodes(members);
  const cold = members > 1 ? nodes.slice(-1) : [];
  const warm = nodes.filter((n) => !cold.includes(n));
  await story.resume();
  await story.join(nodes);
  if (calledOff) await callOff(story, nodes);

  // --- the first epoch: two steps, then no more agreement
  await story.startEpoch(FIRST_RATE);
  await story.warmUp(warm, nodes);
  await story.round(nodes);
  await story.undecided();
  const dropped = await faultyRound(story, nodes, warm.length);
  await scene.ok('pause', scene.authority);
  for (let i = 0; i < 3; i++) await story.undecided();
  assert.deepEqual([scene.view().state, scene.view().step], ['Cooldown', 2]);
  const late = scene.node(members);
  await scene.join(late);
  await story.coolDown(warm);
  assert.equal(story.states.at(-1), 'Paused');
  for (const node of nodes) story.checkMember(node);

  // --- between the epochs
  const claimed = await claimInPart(story, nodes.slice(0, 4));
  const leaving = members > 2 ? nodes[1] : undefined;
  if (leaving) await scene.ok('leaveRun', leaving.key);
  expected.settings = { ...story.settings, pointsPerStep: 777_777n, witnessPermille: 250 };
  await scene.ok('updateConfig', scene.authority, expected.settings);
  await network.ok(paid.setRate(SECOND_RATE), scene.authority);
  await story.resume();

  // --- the second epoch: the remaining three steps
  const back = [...new Set([...dropped, ...warm])].filter((n) => n !== leaving).slice(0, again);
  // The terms have changed: who is on the list has to join again.
  await story.join([late]);
  await story.join(back);
  await story.startEpoch(SECOND_RATE);
  await story.warmUp([late, ...back], [late, ...nodes]);
  for (let i = 0; i < 3; i++) await story.round([late, ...nodes]);
  await story.coolDown([late, ...back]);
  assert.equal(scene.view().state, 'Finished');
  const seen = new Set(story.states);
  for (
    const state of [
      'Uninitialized', 'WaitingForMembers', 'Warmup', 'RoundTrain', 'RoundWitness', 'Cooldown', 'Paused', 'Finished',
    ]
  ) {
    assert.ok(seen.has(state), `no ${state} in ${story.states.join(', ')}`);
  }

  await closeEverything(story, [...nodes, late], claimed);
}

/** Nobody answers: the epoch does not come about, and everyone forfeits its deposit and joins anew. */
async function callOff(story: Story, nodes: readonly Node[]): Promise<void> {
  const { scene } = story;
  await story.startEpoch(FIRST_RATE);
  scene.pass(scene.view().config.warmupSlots);
  await story.tick();
  assert.deepEqual([scene.view().state, scene.view().epoch], ['WaitingForMembers', 0]);
  await scene.refused('NotSettled', 'joinRun', nodes[0].key, scene.joining(nodes[0]));
  await story.settleForfeits();
  for (const node of nodes) story.forfeit(node);
  assert.equal(scene.view().depositsForfeited, BigInt(nodes.length) * story.settings.joinDeposit);
  await story.join(nodes);
}

/** A round in which, as far as there are enough, a trainer's work is missing and a witness silent; gives who was dropped for it. */
async function faultyRound(story: Story, nodes: readonly Node[], warm: number): Promise<Node[]> {
  const { scene } = story;
  // Members have the order in which they joined, the cold one comes last.
  const missing = warm > 1 ? [0] : [];
  const round = scene.view().round;
  let silent: number[] = [];
  if (warm > 3) {
    // Two of 32 elected at the most: the quorum does without.
    silent = story.expected.roles(await story.seed()).witnesses.filter((i) => !missing.includes(i)).slice(0, 2);
  }
  await story.round(nodes, { missing, silent });
  const out = [...missing, ...silent];
  for (const index of out) await story.drop(round, index);
  return out.map((index) => nodes[index]);
}

/** Some take a third of what they are owed already; gives who has a claim record by then. */
async function claimInPart(story: Story, nodes: readonly Node[]): Promise<Set<Node>> {
  const { paid, network } = story;
  const claimed = new Set<Node>();
  for (const node of nodes) {
    const part = story.owed(node) / 3n;
    if (part === 0n) continue;
    await openTokenAccount(story, node);
    await network.ok(paid.claim(node, part), node.payout);
    assert.equal(paid.paidOut(node), part);
    claimed.add(node);
  }
  return claimed;
}

async function openTokenAccount({ network, paid, accounts }: Story, node: Node): Promise<void> {
  const address = await tokenAccount(network, node.payout, paid.mint);
  accounts.lose(node.payout, network.lamports(address));
}

/** Everyone is paid to the last unit, every account is closed, and every lamport is where it belongs. */
async function closeEverything(story: Story, everyone: readonly Node[], claimed: Set<Node>): Promise<void> {
  const { scene, paid, network, accounts } = story;
  const { coordinator, treasurer } = network;
  const { authority, run } = scene;
  let due = 0n;
  for (const node of everyone) {
    story.checkMember(node);
    due += story.owed(node);
    if (story.owed(node) === paid.paidOut(node)) continue;
    if (!claimed.has(node)) await openTokenAccount(story, node);
    claimed.add(node);
    await network.ok(paid.claim(node), node.payout);
    assert.equal(paid.paidOut(node), story.owed(node), 'paid to the last unit');
  }
  assert.equal(scene.view().pointsEarnedTotal, [...story.expected.points.values()].reduce((a, b) => a + b, 0n));
  const funded = tokens(network, paid.vault) + due;
  for (const node of everyone) {
    const { points } = scene.member(node)!;
    if (points === 0n) await scene.ok('leaveRun', node.key);
    else await network.ok(coordinator.closeMember(node.key.publicKey, node.payout.publicKey, run, true), node.key, node.payout);
    if (claimed.has(node)) {
      await network.ok(treasurer.closeClaimRecord(node.payout.publicKey, run, node.key.publicKey), node.payout);
    }
  }
  assert.deepEqual([scene.view().memberAccounts, scene.view().depositsHeld], [0, 0n]);
  await scene.ok('closeRun', authority, scene.runId);
  await network.ok(paid.withdraw(paid.held), authority);
  await network.ok(treasurer.closeTreasury(authority.publicKey, run, paid.mint), authority);

  const instance = instanceAddress(network.ids, scene.runId);
  assert.deepEqual(story.remaining(), [instance.toBase58()], 'the id stays taken, and nothing else is left');
  const own = await tokenAccount(network, authority, paid.mint);
  for (const kept of [instance, paid.mint.address, own]) accounts.lose(authority, network.lamports(kept));
  assert.equal(tokens(network, own) + due, funded, 'what was not earned is the authority\'s again');
  accounts.check([authority, scene.anyone, ...everyone.flatMap((n) => [n.key, n.payout])]);
}
