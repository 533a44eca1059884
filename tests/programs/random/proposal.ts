import type { Keypair, PublicKey, TransactionInstruction } from '@solana/web3.js';
import type { Node } from '../support/scene.js';
import type { Accounts } from './build.js';
import type { Dice } from './dice.js';
import type { RunBytes } from './run-bytes.js';
import type { RunSlot, World } from './world.js';

/** An instruction that somebody means to send. */
export interface Proposal {
  /** Program and instruction, e.g. `coordinator.tick`; what the statistics and the rules go by. */
  name: string;
  /** The instruction, and before it what has to be in the same transaction. */
  instructions: TransactionInstruction[];
  /** Slots to let pass first. */
  wait?: number;
}

/** What a proposal is made from: one run, as it is, and chance. */
export interface Ctx {
  world: World;
  slot: RunSlot;
  dice: Dice;
  /** Absent where the slot has no run, or none any more. */
  run: RunBytes | undefined;
}

/** Makes a proposal; undefined where there is nothing to say, e.g. no round to vote on. */
export type Proposer = (ctx: Ctx) => Proposal | undefined;

/** How often a plausible argument is replaced by another one. */
const ODD = 0.04;

/** The right value nearly always, else one near it. */
export const about = (dice: Dice, right: number): number => (dice.chance(ODD) ? Math.max(0, right + dice.int(-2, 2)) : right);

/** The right one nearly always, else any of the others. */
export const mostly = <T>(dice: Dice, right: T, others: readonly T[]): T =>
  (dice.chance(ODD) || right === undefined ? dice.pick(others) : right);

/** A node that fits, nearly always, or any. */
export const someNode = ({ world, dice }: Ctx, fitting: readonly Node[]): Node =>
  fitting.length === 0 ? dice.pick(world.nodes) : mostly(dice, dice.pick(fitting), world.nodes);

export function coordinator({ world, slot }: Ctx, name: string, args: object, accounts: Accounts): Proposal {
  return { name: `coordinator.${name}`, instructions: [world.coordinator.build(name, args, { run: slot.address, ...accounts })] };
}

export function treasurer({ world, slot }: Ctx, name: string, args: object, accounts: Accounts): Proposal {
  return {
    name: `treasurer.${name}`,
    instructions: [world.treasurer.build(name, args, { run: slot.address, treasury: slot.treasury, ...accounts })],
  };
}

/** The public key of a keypair, in hex. */
export const hexOf = (of: Keypair | PublicKey): string => ('publicKey' in of ? of.publicKey : of).toBuffer().toString('hex');
