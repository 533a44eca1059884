import { SYSVAR_SLOT_HASHES_PUBKEY } from '@solana/web3.js';
import BN from 'bn.js';
import { bitmapOf } from '../../../../client/src/protocol/bitmap.js';
import { memberOf } from '../addresses.js';
import { about, coordinator, type Ctx, mostly, type Proposer } from '../proposal.js';
import { bits, inBitmap, MEMBER, ROUND, type RoundEntry, type RunBytes, STATE } from '../run-bytes.js';
import { hash } from '../world.js';

/** When the present state's time is over; undefined where it has no deadline. */
function deadline(run: RunBytes): bigint | undefined {
  const { n, config } = run;
  switch (run.state) {
    case STATE.WaitingForMembers: return n.minReachedSlot === 0n ? undefined : n.minReachedSlot + config.waitingForMembersExtraSlots;
    case STATE.Warmup: return n.stateStartSlot + config.warmupSlots;
    case STATE.RoundTrain: return n.stateStartSlot + config.maxRoundTrainSlots;
    case STATE.RoundWitness: return n.stateStartSlot + config.roundWitnessSlots;
    case STATE.Cooldown: return n.stateStartSlot + config.cooldownSlots;
    default: return undefined;
  }
}

/** At once, or when the state's time is over. */
export const tick: Proposer = (ctx) => {
  const due = ctx.run && deadline(ctx.run);
  const left = due === undefined ? 0 : Math.max(0, Number(due) - ctx.world.network.slot);
  return { ...coordinator(ctx, 'tick', {}, {}), wait: left > 0 && ctx.dice.chance(0.5) ? left : 0 };
};

export const pinSeed: Proposer = (ctx) => {
  const slots = ctx.run ? Number(ctx.run.n.seedSlot) + 1 - ctx.world.network.slot : 0;
  // Beyond the window the seed is armed again.
  const wait = slots > 0 && ctx.dice.chance(0.8) ? slots : ctx.dice.chance(0.01) ? 450 : 0;
  return { ...coordinator(ctx, 'pin_seed', {}, { slot_hashes: SYSVAR_SLOT_HASHES_PUBKEY }), wait };
};

/** The record of the round under way. */
export const recordOf = (run: RunBytes): RoundEntry => run.rounds[Number(run.n.round) % run.rounds.length];

/** What honest witnesses of a round hold: everyone's work, but in some rounds one trainer's is missing. */
function honestList({ slot }: Ctx, run: RunBytes): { bitmap: Uint8Array; root: Buffer } {
  const { epoch, round } = run.n;
  const trainers = bits(recordOf(run).trainers);
  const missing = Number(epoch * 5n + round * 3n) % 8;
  const accepted = trainers.length > 1 ? trainers.filter((_, i) => i !== missing) : trainers;
  return { bitmap: bitmapOf(accepted), root: hash(`list of ${slot.runId}/${epoch}/${round}`) };
}

export const witness: Proposer = (ctx) => {
  const { world, dice, run } = ctx;
  if (!run) return undefined;
  const positions = run.witnesses.map((_, i) => i);
  const open = positions.filter((p) => run.votes[p].voted === 0 && run.members[run.witnesses[p]]?.state === MEMBER.HEALTHY);
  const position = mostly(dice, dice.pick(open.length > 0 ? open : [...positions, 0]), [0, 1, 2, 3, 40]);
  const index = run.witnesses[position] ?? 0;
  const node = run.members[index] ? world.nodeOf(run.members[index].key) : world.nodes[0];
  const honest = honestList(ctx, run);
  const other = {
    bitmap: mostly(dice, bitmapOf(bits(recordOf(run).trainers)), [Buffer.alloc(32), Buffer.alloc(32, 255)]),
    root: hash('another list'),
  };
  const { bitmap, root } = dice.chance(0.12) ? other : honest;
  const args = {
    epoch: about(dice, Number(run.n.epoch)), round: about(dice, Number(run.n.round)), position, member_index: about(dice, index),
    bitmap: [...bitmap], root: [...root], parameter_hash: dice.chance(0.5) ? [...hash('θ')] : null, possession: [...hash('possession')],
    metrics: {
      loss: 3.5, tokens_per_second: 1000, bytes_up: new BN(1), bytes_down: new BN(2),
      evals: [], sample: Array.from({ length: mostly(dice, 2, [16, 17]) }, () => 7),
    },
  };
  return coordinator(ctx, 'witness', { args }, { node: mostly(dice, node, world.nodes).key.publicKey });
};

/** Whether a closed round shows that a member was missing, as the protocol has it. */
export function isFaulty(record: RoundEntry, index: number): boolean {
  if (record.status === ROUND.DECIDED && inBitmap(record.trainers, index) && !inBitmap(record.bitmap, index)) return true;
  const elected = [...Buffer.from(record.witnessesElected, 'hex')].slice(0, record.witnessCount);
  const position = elected.indexOf(index);
  const silent = position >= 0 && ((record.votedMask >>> position) & 1) === 0;
  return record.status >= ROUND.DECIDED && record.closedAtDeadline === 1 && silent && record.votedMask !== 0;
}

/** The healthy members that a round of this epoch shows to be missing. */
export const faults = (run: RunBytes): { record: RoundEntry; index: number }[] =>
  run.rounds.flatMap((record) => run.members.flatMap((m, index) =>
    (m.state === MEMBER.HEALTHY && record.epoch === Number(run.n.epoch) && isFaulty(record, index) ? [{ record, index }] : [])));

export const healthCheck: Proposer = (ctx) => {
  const { dice, run } = ctx;
  if (!run || run.members.length === 0) return undefined;
  const faulty = faults(run);
  const { record, index } = faulty.length > 0 ? dice.pick(faulty) : {
    record: dice.pick(run.rounds), index: dice.int(0, run.members.length),
  };
  const args = { epoch: about(dice, Number(run.n.epoch)), round: about(dice, record.round), member_index: about(dice, index) };
  return coordinator(ctx, 'health_check', args, {});
};

export const settle: Proposer = (ctx) => {
  const { world, slot, dice, run } = ctx;
  if (!run || run.members.length === 0) return undefined;
  const unsettled = run.members.flatMap((m, i) => (m.settled === 0 ? [i] : []));
  const from = unsettled.length > 0 ? unsettled : [dice.int(0, run.members.length - 1)];
  const indices = from.filter(() => dice.chance(0.7));
  const accounts = indices.map((i) => ({
    pubkey: memberOf(
      slot.address, mostly(dice, world.nodeOf(run.members[i].key), world.nodes).key.publicKey,
    ), isSigner: false, isWritable: true,
  }));
  const args = { epoch: about(dice, Number(run.n.epoch)), indices: Buffer.from(indices) };
  return { name: 'coordinator.settle', instructions: [world.coordinator.build('settle', args, { run: slot.address }, accounts)] };
};
