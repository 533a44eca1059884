import { createHash } from 'node:crypto';
import { PublicKey } from '@solana/web3.js';
import type { WitnessArgs } from '../../../client/src/chain/coordinator-calls.js';
import { bitmapOf, type RunView } from '../../../client/src/protocol/run-view.js';
import type { Done } from './network.js';
import type { Node, Scene } from './scene.js';

/** A hash that stands for anything of this name. */
export const hashOf = (name: string): Uint8Array => createHash('sha256').update(name).digest();

/** Takes the scene from WaitingForMembers to Warmup with these nodes; they join unless they have. */
export async function startEpoch(scene: Scene, nodes: readonly Node[], capacities: readonly number[] = []): Promise<void> {
  const pending = new Set(scene.view().pending.map((p) => p.key));
  for (const [i, node] of nodes.entries()) {
    if (!pending.has(node.key.publicKey.toBase58())) await scene.join(node, { capacity: capacities[i] ?? 1 });
  }
  scene.pass(scene.view().config.waitingForMembersExtraSlots);
  await scene.tick();
}

/** Lets slots pass until the armed seed can be pinned, and pins it. */
export async function pinSeed(scene: Scene): Promise<Done> {
  const wait = Number(scene.view().seedSlot) + 1 - scene.network.slot;
  if (wait > 0) scene.pass(wait);
  return scene.ok('pinSeed', scene.anyone);
}

/** Takes the scene from WaitingForMembers to round 0, everyone warm. */
export async function startTraining(scene: Scene, nodes: readonly Node[], capacities: readonly number[] = []): Promise<void> {
  await startEpoch(scene, nodes, capacities);
  for (const node of nodes) await scene.ok('warmupWitness', node.key, scene.view().epoch);
  await pinSeed(scene);
  await scene.tick();
}

/** Trainers of the round that have a share of its batch. */
export const trainersOf = (run: RunView): number[] => {
  const record = run.rounds.find((r) => r.epoch === run.epoch && r.round === run.round)!;
  return run.trainers.filter((i) => (record.trainers[i >> 3] >> (i & 7)) & 1);
};

/** The vote of the witness at a position: all trainers' work accepted, unless told otherwise. */
export function ballot(run: RunView, position: number, change: Partial<WitnessArgs> = {}): WitnessArgs {
  return {
    epoch: run.epoch,
    round: run.round,
    position,
    memberIndex: run.witnesses[position],
    bitmap: bitmapOf(trainersOf(run)),
    root: hashOf(`list of ${run.epoch}/${run.round}`),
    possession: hashOf('possession'),
    metrics: { loss: 3.5, tokensPerSecond: 1000, bytesUp: 1n, bytesDown: 2n, evals: [{ name: 'heldout', value: 3.4 }], sample: [72, 105] },
    ...change,
  };
}

/** The node that is the witness at a position. */
export function witnessAt(scene: Scene, nodes: readonly Node[], position: number): Node {
  const run = scene.view();
  return nodeOf(run, run.witnesses[position], nodes);
}

/** The node of a member of this epoch. */
export const nodeOf = (run: RunView, index: number, nodes: readonly Node[]): Node =>
  nodes.find((n) => n.key.publicKey.toBase58() === run.members[index].key)!;

/** The witnesses at these positions vote the same. */
export async function vote(
  scene: Scene, nodes: readonly Node[], positions: readonly number[], change: Partial<WitnessArgs> = {},
): Promise<void> {
  const run = scene.view();
  for (const position of positions) {
    await scene.ok('witness', nodeOf(run, run.witnesses[position], nodes).key, ballot(run, position, change));
  }
}

/** Plays the round to its end: seed, the same vote of all healthy witnesses, tick. `without`: members not accepted. */
export async function playRound(scene: Scene, nodes: readonly Node[], without: readonly number[] = []): Promise<void> {
  if (!scene.view().seedPinned) await pinSeed(scene);
  const run = scene.view();
  const healthy = run.witnesses.flatMap((index, position) => (run.members[index].state === 'Healthy' && !without.includes(index) ? [position] : []));
  await vote(scene, nodes, healthy, { bitmap: bitmapOf(trainersOf(run).filter((i) => !without.includes(i))) });
  if (without.length > 0) scene.pass(run.config.maxRoundTrainSlots);
  await scene.tick();
}

/** A round in which nobody votes. */
export async function missRound(scene: Scene): Promise<void> {
  if (!scene.view().seedPinned) await pinSeed(scene);
  scene.pass(scene.view().config.maxRoundTrainSlots);
  await scene.tick();
  scene.pass(scene.view().config.roundWitnessSlots);
  await scene.tick();
}

/** Settles all members that are not. */
export async function settleAll(scene: Scene): Promise<void> {
  const run = scene.view();
  const members = run.members.filter((m) => !m.settled).map((m) => ({ index: m.index, key: new PublicKey(m.key) }));
  for (let i = 0; i < members.length; i += 16) await scene.ok('settle', scene.anyone, run.epoch, members.slice(i, i + 16));
}

/** Cooldown: healthy members vote for one hash, all is settled, and the next state begins. */
export async function coolDown(scene: Scene, nodes: readonly Node[], hash = hashOf('parameters')): Promise<void> {
  const run = scene.view();
  for (const member of run.members.filter((m) => m.state === 'Healthy')) {
    await scene.ok('cooldownWitness', nodeOf(run, member.index, nodes).key, run.epoch, hash);
  }
  await settleAll(scene);
  const { epochHashAgreed, members, config } = scene.view();
  // Without a quorum the dropped are waited for.
  if (!epochHashAgreed && members.some((m) => !m.forfeited && !m.cooldownVoted)) scene.pass(config.cooldownSlots);
  await scene.tick();
}
