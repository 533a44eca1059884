import { batchShares } from '../../../client/src/protocol/assignment.js';
import { batchSize } from '../../../client/src/protocol/batch-size.js';
import { roundPoints } from '../../../client/src/protocol/points.js';
import { drawRoles, type Roles } from '../../../client/src/protocol/roles.js';
import type { RunSettings } from '../../../client/src/protocol/run-view.js';
import type { Rate } from '../../../client/src/chain/treasurer-calls.js';

/** What a round's story says of it; member indices. */
export interface RoundStory {
  /** Trainers whose work nobody has. */
  missing?: readonly number[];
  /** Witnesses that don't vote in time. */
  silent?: readonly number[];
}

/**
 * What everyone earns and is owed, reckoned from settings, seeds and the story alone: the chain is asked for nothing but
 * the seeds.
 */
export class Expected {
  carry = 0n;
  awarded = 0n;
  tokens = 0n;
  /** Settled points, by node key in base58. */
  readonly points = new Map<string, bigint>();
  /** Base units, Q64.64, by node key. */
  readonly owed = new Map<string, bigint>();
  /** Who is in the epoch, in order, and what each has in it. */
  #members: { key: string; capacity: number; points: bigint; healthy: boolean }[] = [];
  #rate: Rate = { num: 0n, den: 1n };

  constructor(public settings: RunSettings) {}

  startEpoch(members: readonly { key: string; capacity: number }[], rate: Rate): void {
    this.#members = members.map((m) => ({ ...m, points: 0n, healthy: true }));
    this.#rate = rate;
  }

  /** The member takes part no more; what it has stays. */
  drop(index: number): void {
    this.#members[index].healthy = false;
  }

  /** Indices of those that take part. */
  get healthy(): number[] {
    return this.#members.flatMap((m, i) => (m.healthy ? [i] : []));
  }

  get batch(): number {
    return batchSize(this.settings, this.tokens);
  }

  roles(seed: Uint8Array): Roles {
    return drawRoles(seed, this.healthy, this.settings.witnessNodes);
  }

  /** Members that have a share of the batch. */
  trainers(seed: Uint8Array): number[] {
    return this.#shares(seed).filter(({ share }) => share > 0).map(({ index }) => index);
  }

  /** A round is decided. */
  decide(seed: Uint8Array, { missing = [], silent = [] }: RoundStory): void {
    const accepted = this.#shares(seed).filter(({ index, share }) => share > 0 && !missing.includes(index));
    const voters = this.roles(seed).witnesses.filter((index) => !silent.includes(index));
    const { pointsPerStep, witnessPermille, sequenceLength } = this.settings;
    const pay = roundPoints(pointsPerStep, this.carry, witnessPermille, accepted.map((a) => a.share), voters.length);
    accepted.forEach(({ index }, i) => (this.#members[index].points += pay.trainers[i]));
    for (const index of voters) this.#members[index].points += pay.perWitness;
    this.carry = pay.carry;
    this.awarded += pointsPerStep;
    this.tokens += BigInt(this.batch * sequenceLength);
  }

  /** Points of the epoch's members, by index. */
  get epochPoints(): bigint[] {
    return this.#members.map((m) => m.points);
  }

  /** What the epoch brought is settled at its rate. */
  settle(): void {
    for (const { key, points } of this.#members) {
      this.points.set(key, (this.points.get(key) ?? 0n) + points);
      this.owed.set(key, (this.owed.get(key) ?? 0n) + ((points * this.#rate.num) << 64n) / this.#rate.den);
    }
    this.#members = [];
  }

  #shares(seed: Uint8Array): { index: number; share: number }[] {
    const { trainers } = this.roles(seed);
    const shares = batchShares(this.batch, trainers.map((i) => this.#members[i].capacity));
    return trainers.map((index, i) => ({ index, share: shares[i] }));
  }
}
