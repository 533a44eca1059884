import { treasuryAddress } from '../../../client/src/chain/addresses.js';
import type { RunState } from '../../../client/src/protocol/run-view.js';
import { coolDown, hashOf, pinSeed, playRound, startEpoch, startTraining } from '../support/epoch.js';
import { Network } from '../support/network.js';
import { PaidRun } from '../support/paid-run.js';
import { type Node, Scene } from '../support/scene.js';
import { createMint, mintTo, tokenAccount } from '../support/tokens.js';

/** A run with a treasury that was played to some state. */
export interface Played {
  paid: PaidRun;
  scene: Scene;
  /** The first three are members, the last of six joins epoch 1 but never is warm; the others have not joined. */
  nodes: Node[];
}

/** Two runs in the same state on one chain, and one whose Warmup failed, where the state comes after such a thing. */
export interface Stage {
  state: RunState;
  network: Network;
  run: Played;
  /** Of other keys, another mint, another authority. */
  twin: Played;
  /** It owes a settlement of a forfeited deposit. */
  calledOff?: Scene;
}

export const MEMBERS = 3;
/** Of `nodes`: who never is warm. Its index in epoch 1 is the last. */
export const COLD = 5;
export const FINISH_SLOTS = (30 * 86_400 * 1000) / 400;
const SETTINGS = { totalSteps: 3, minClients: 1, initMinClients: 3 };

/** The chain with both runs in this state: everything the state allows can be done at once. */
export async function stageOf(state: RunState): Promise<Stage> {
  const network = new Network();
  const twin = await played(network, 'twin', 10, state);
  const calledOff = await failedWarmup(network, state);
  const run = await played(network, 'run', 0, state);
  return { state, network, run, twin, calledOff };
}

async function played(network: Network, runId: string, first: number, state: RunState): Promise<Played> {
  const authority = network.key(`authority of ${runId}`);
  const mint = await createMint(network, authority, { name: `mint of ${runId}` });
  const paid = await PaidRun.funded(10_000n, { num: 1n, den: 1n }, { network, runId, mint, settings: SETTINGS });
  const { scene } = paid;
  const nodes = Array.from({ length: COLD + 1 }, (_, i) => scene.node(first + i));
  for (const node of nodes.slice(0, MEMBERS)) await tokenAccount(network, node.payout, mint);
  await mintTo(network, authority, mint, authority, 1_000n);
  await play(paid, nodes.slice(0, MEMBERS), nodes[COLD], state);
  return { paid, scene, nodes };
}

/**
 * Epoch 0 has one round; it is claimed in part. Epoch 1 has two; the last member's work is in neither list.
 */
async function play(paid: PaidRun, members: Node[], cold: Node, state: RunState): Promise<void> {
  const { scene } = paid;
  const { epochSlots, warmupSlots, maxRoundTrainSlots, roundWitnessSlots, cooldownSlots } = scene.view().config;
  if (state === 'Uninitialized') return;
  await scene.network.ok(paid.resume(), paid.authority);
  await startTraining(scene, members);
  scene.pass(epochSlots);
  await playRound(scene, members);
  await coolDown(scene, members);
  for (const node of members) await scene.network.ok(paid.claim(node, 5n), node.payout);
  for (const node of [...members, cold]) await scene.join(node);
  scene.pass(scene.view().config.waitingForMembersExtraSlots);
  if (state === 'WaitingForMembers') return;
  if (state === 'Paused') {
    await scene.ok('pause', scene.authority);
    return scene.pass(FINISH_SLOTS);
  }
  await startEpoch(scene, [...members, cold]);
  scene.pass(warmupSlots);
  if (state === 'Warmup') return;
  for (const node of members) await scene.ok('warmupWitness', node.key, 1);
  await pinSeed(scene);
  await scene.tick();
  await playRound(scene, members, [2]);
  if (state === 'RoundTrain') return scene.pass(3);
  if (state === 'RoundWitness') {
    await pinSeed(scene);
    scene.pass(maxRoundTrainSlots);
    await scene.tick();
    return scene.pass(roundWitnessSlots);
  }
  await playRound(scene, members, [2]);
  for (const node of members.slice(0, 2)) await scene.ok('cooldownWitness', node.key, 1, hashOf('parameters'));
  if (state === 'Cooldown') return scene.pass(cooldownSlots);
  await coolDown(scene, members);
}

/** A run whose Warmup ended with one of two warm, where `state` can follow that. */
async function failedWarmup(network: Network, state: RunState): Promise<Scene | undefined> {
  if (!['WaitingForMembers', 'Paused', 'Finished'].includes(state)) return undefined;
  const scene = await Scene.open({ network, runId: 'called-off', settings: { initMinClients: 2, minClients: 2 } });
  const nodes = [scene.node(20), scene.node(21)];
  await startEpoch(scene, nodes);
  await scene.ok('warmupWitness', nodes[0].key, 0);
  scene.pass(scene.view().config.warmupSlots);
  await scene.tick();
  if (state === 'WaitingForMembers') return scene;
  await scene.ok('pause', scene.authority);
  if (state === 'Paused') return scene;
  scene.pass(FINISH_SLOTS);
  await scene.ok('finish', scene.authority);
  return scene;
}

/** Runs `body` as if neither run's treasury had been made, nor its vault. */
export async function withoutTreasuries<T>({ network, run, twin }: Stage, body: () => Promise<T>): Promise<T> {
  const addresses = [run, twin].flatMap(({ paid, scene }) => [treasuryAddress(network.ids, scene.run), paid.vault].map((a) => a.toBase58()));
  const accounts = addresses.map((address) => network.bank.getAccount(address));
  for (const address of addresses) network.bank.setAccount(address, null);
  try {
    return await body();
  } finally {
    for (const [i, address] of addresses.entries()) network.bank.setAccount(address, accounts[i]);
  }
}
