import { PublicKey } from '@solana/web3.js';
import { equivocationProof } from '../../client/src/chain/equivocation.js';
import { isJoined, type Load, loadOf } from '../../client/src/chain/load.js';
import type { Call } from '../../client/src/chain/transaction.js';
import { type Announcement, signAnnouncement } from '../../client/src/protocol/commitment.js';
import { quorum } from '../../client/src/protocol/quorum.js';
import { bitmapOf } from '../../client/src/protocol/run-view.js';
import type { Costs } from '../../tests/programs/support/costs.js';
import { ballot, hashOf, nodeOf } from '../../tests/programs/support/epoch.js';
import type { Node, Scene } from '../../tests/programs/support/scene.js';

/** As much as a vote can carry. */
export const METRICS = {
  loss: 3.5, tokensPerSecond: 1000, bytesUp: 1n, bytesDown: 2n,
  evals: Array.from({ length: 8 }, (_, i) => ({ name: `eval-${i}`, value: i })), sample: Array.from({ length: 16 }, (_, i) => i),
};
const NONE = new Uint8Array(32);
/** Members that fit a transaction's 1,232 bytes beside signature, run and budget. */
export const SETTLED_AT_ONCE = 28;
/** Those that the client settles at once. */
export const SETTLED_BY_CLIENT = 8;

/** What a client that has just looked at the run knows of it. */
const seen = (scene: Scene): Load => loadOf(scene.view());

/** A commitment of a member for the run's round, told apart by its loss. */
function commitment(scene: Scene, node: Node, loss: number): Announcement {
  const { epoch, round, members, origin } = scene.view();
  const index = members.findIndex((m) => m.key === node.key.publicKey.toBase58());
  const subject = { program: scene.network.ids.coordinator.toBytes(), run: origin, epoch, round, index };
  const body = { payloadHash: NONE, payloadSize: 1, baseHash: NONE, stateRootBefore: NONE, stateRootAfter: NONE, previousCommitment: NONE, loss, tokens: 1 };
  return signAnnouncement(node.key.secretKey, subject, body);
}

/** The proof that a member signed two commitments, and what convicts it. */
export async function conviction(scene: Scene, cheat: Node): Promise<Call[]> {
  const { coordinator } = scene.network;
  const { treasury } = scene.view();
  const proof = equivocationProof(cheat.key.publicKey.toBytes(), commitment(scene, cheat, 3), commitment(scene, cheat, 4));
  const to = treasury === undefined ? undefined : new PublicKey(treasury);
  return [proof, await coordinator.convict(scene.anyone.publicKey, scene.run, cheat.key.publicKey, to, seen(scene))];
}

/** A node joins as the client has it join: knowing whether it has an account already. */
export function join(scene: Scene, node: Node, capacity: number): Promise<Call> {
  const run = scene.view();
  const address = { kind: 'multiaddr', bytes: Buffer.alloc(48, 7) } as const;
  return scene.call('joinRun', node.key, scene.joining(node, { capacity, address }), loadOf(run), isJoined(run, node.key.publicKey.toBase58()));
}

/** Waits for the armed seed and pins it. */
async function pin(costs: Costs, scene: Scene, label: string): Promise<void> {
  scene.network.bank.warpToSlot(Math.max(Number(scene.view().seedSlot) + 1, scene.network.slot));
  await costs.of(label, scene.call('pinSeed', scene.anyone, seen(scene)), scene.anyone);
}

/** All elected witnesses vote alike, but for the first and the last the same work is missing where there is other work. */
async function vote(costs: Costs, scene: Scene, nodes: readonly Node[]): Promise<void> {
  const run = scene.view();
  const bitmap = bitmapOf(run.trainers.length > 1 ? run.trainers.slice(1) : run.trainers);
  for (const [position, index] of run.witnesses.entries()) {
    const { key } = nodeOf(run, index, nodes);
    const args = ballot(run, position, { metrics: METRICS, parameterHash: hashOf('parameters'), bitmap });
    const label = position + 1 === quorum(run.witnesses.length) ? 'witness that decides' : 'witness';
    await costs.of(label, scene.call('witness', key, args, seen(scene)), key);
  }
}

/**
 * One epoch with these nodes of capacities 1 to 8, every instruction of it measured as the client sends it: a decided
 * round with a member missing, an undecided one, a decided one that ends the epoch, convictions, Cooldown.
 */
export async function measureEpoch(costs: Costs, scene: Scene, nodes: readonly Node[]): Promise<void> {
  const { anyone } = scene;
  const tick = (label: string): Promise<unknown> => costs.of(label, scene.call('tick', anyone, seen(scene)), anyone);
  for (const [i, node] of nodes.entries()) await costs.of('join_run, first', join(scene, node, 1 + (i % 8)), node.key);
  const last = nodes.at(-1)!;
  await costs.of('leave_run', scene.call('leaveRun', last.key, seen(scene)), last.key);
  await scene.network.ok(join(scene, last, 1 + ((nodes.length - 1) % 8)), last.key);
  scene.pass(scene.view().config.waitingForMembersExtraSlots);
  await tick('tick, WaitingForMembers → Warmup');
  await pin(costs, scene, 'pin_seed, Warmup');
  const { epoch } = scene.view();
  for (const node of nodes) await costs.of('warmup_witness', scene.call('warmupWitness', node.key, epoch, seen(scene)), node.key);
  await tick('tick, Warmup → RoundTrain');
  for (const node of nodes) await costs.of('join_run, again', join(scene, node, 8), node.key);

  await vote(costs, scene, nodes);
  const missing = scene.view().trainers[0];
  scene.pass(scene.view().config.maxRoundTrainSlots);
  await tick('tick, round decided → next round');
  if (nodes.length > 1) await costs.of('health_check', scene.call('healthCheck', anyone, epoch, 0, missing, seen(scene)), anyone);

  await pin(costs, scene, 'pin_seed, RoundTrain (draws roles)');
  scene.pass(scene.view().config.maxRoundTrainSlots);
  await tick('tick, undecided → RoundWitness');
  scene.pass(scene.view().config.roundWitnessSlots);
  await tick('tick, undecided → next round');

  await pin(costs, scene, 'pin_seed, RoundTrain (draws roles)');
  await vote(costs, scene, nodes);
  const cheats = scene.view().members.filter((m) => m.state === 'Healthy').slice(-2).map((m) => nodeOf(scene.view(), m.index, nodes));
  if (nodes.length > 4) await costs.of('convict', conviction(scene, cheats[0]), anyone);
  scene.pass(scene.view().config.epochSlots);
  await tick('tick, round decided → Cooldown');
  await cooldown(costs, scene, nodes, nodes.length > 4 ? cheats[1] : undefined);
}

async function cooldown(costs: Costs, scene: Scene, nodes: readonly Node[], cheat?: Node): Promise<void> {
  const { anyone } = scene;
  const { epoch, members } = scene.view();
  const voters = members.filter((m) => !m.forfeited && m.state !== 'Convicted');
  for (const [i, member] of voters.entries()) {
    const { key } = nodeOf(scene.view(), member.index, nodes);
    if (cheat && i + 1 === quorum(voters.length)) await costs.of('convict, in Cooldown', conviction(scene, cheat), anyone);
    if (key === cheat?.key) continue;
    const label = scene.view().epochHashAgreed ? 'cooldown_witness, agreed before' : 'cooldown_witness';
    await costs.of(label, scene.call('cooldownWitness', key, epoch, hashOf('θ'), seen(scene)), key);
  }
  const run = scene.view();
  const poster = run.checkpointers.map((i) => run.members[i]).find((m) => m.cooldownVoted && m.state !== 'Convicted')!;
  const { key } = nodeOf(run, poster.index, nodes);
  await costs.of('checkpoint', scene.call('checkpoint', key, epoch, hashOf('θ'), 'x'.repeat(128)), key);
  await settle(costs, scene);
  await costs.of('tick, Cooldown → next state', scene.call('tick', anyone, seen(scene)), anyone);
}

/** Settles one member, eight at once as the client does, then as many as fit a transaction. */
async function settle(costs: Costs, scene: Scene): Promise<void> {
  const run = scene.view();
  const open = run.members.filter((m) => !m.settled);
  for (const [i, size] of [1, SETTLED_BY_CLIENT, ...Array<number>(open.length).fill(SETTLED_AT_ONCE)].entries()) {
    const some = open.splice(0, size);
    if (some.length === 0) return;
    const members = some.map((m) => ({ index: m.index, key: new PublicKey(m.key) }));
    const label = i === 0 || some.length === size ? `settle, ${some.length}` : 'settle, the rest';
    await costs.of(label, scene.call('settle', scene.anyone, run.epoch, members, loadOf(run), 0), scene.anyone);
  }
}
