import type { ClientLog, RoundLog } from './client-log.js';
import type { LineSettings } from './link.js';
import { measuredRounds } from './summary.js';
import { mean, sum } from './statistics.js';
import { timeOf, type TrainingTimes } from './training-time.js';

/** What the curve is about: time training ÷ time in RoundTrain. */
export const GOAL = 0.95;

/** How much of RoundTrain clients train, where a step takes T. Milliseconds; means over clients and rounds. */
export interface UtilisationPoint {
  trainMs: number;
  rounds: number;
  utilisation: number;
  roundTrainMs: number;
  /** From RoundTrain's opening until training begins: the seed, its pinning, and what was still to be applied. */
  seedMs: number;
  /** From the end of a client's own training until it holds everybody's payload. */
  exchangeMs: number;
  /** From then until RoundTrain is over: lists, votes, the tick. */
  closeMs: number;
}

export interface Utilisation {
  clients: number;
  payloadBytes: number;
  parameters: number;
  slotMs: number;
  line: LineSettings;
  points: UtilisationPoint[];
  /** The smallest T, in whole seconds, whose measured utilisation reaches {@link GOAL}; absent where none did. */
  smallest?: { trainMs: number; utilisation: number };
}

/** The figures of each T that the rounds were trained with. @throws Error where a round was undecided: its number is not its step's then */
export function pointsOf(logs: readonly ClientLog[], times: TrainingTimes): UtilisationPoint[] {
  const byTime = new Map<number, { log: ClientLog; round: RoundLog }[]>();
  for (const log of logs) {
    if (log.rounds.at(-1)?.round !== log.steps - 1) throw new Error(`${log.steps} steps took ${log.rounds.length} rounds: measure again when the machine is quiet`);
    for (const round of measuredRounds(log)) {
      if (round.closed === undefined || round.trainBegan === undefined || round.trainEnded === undefined) continue;
      const ms = timeOf(times, round.round);
      byTime.set(ms, [...(byTime.get(ms) ?? []), { log, round }]);
    }
  }
  return [...byTime].map(([trainMs, all]) => pointOf(trainMs, all)).sort((a, b) => a.trainMs - b.trainMs);
}

function pointOf(trainMs: number, all: readonly { log: ClientLog; round: RoundLog }[]): UtilisationPoint {
  const trained = sum(all.map(({ round }) => round.trainEnded! - round.trainBegan!));
  const inRoundTrain = sum(all.map(({ round }) => round.closed! - round.opened));
  const heldAt = ({ log, round }: (typeof all)[number]): number[] => log.arrivals.flatMap((a) => (a.round === round.round && a.held !== undefined ? [a.held] : []));
  const complete = all.map((one) => Math.max(one.round.trainEnded!, ...heldAt(one)));
  return {
    trainMs,
    rounds: new Set(all.map(({ round }) => round.round)).size,
    utilisation: trained / inRoundTrain,
    roundTrainMs: inRoundTrain / all.length,
    seedMs: mean(all.map(({ round }) => round.trainBegan! - round.opened)),
    exchangeMs: mean(all.map(({ round }, i) => complete[i] - round.trainEnded!)),
    closeMs: mean(all.map(({ round }, i) => round.closed! - complete[i])),
  };
}

/**
 * The T, in whole seconds, at which the goal would be reached if a round's other time were as it was in the longest of
 * these: what a round takes beside training hardly depends on how long that is.
 */
export function expectedSmallest(points: readonly UtilisationPoint[]): number {
  const longest = points.slice(-2);
  const other = mean(longest.map((p) => p.roundTrainMs - p.utilisation * p.roundTrainMs));
  return 1000 * Math.ceil(((GOAL / (1 - GOAL)) * other) / 1000);
}

/** The smallest T whose measured utilisation reaches the goal. */
export function smallestOf(points: readonly UtilisationPoint[]): Utilisation['smallest'] {
  const reached = points.filter((p) => p.utilisation >= GOAL).sort((a, b) => a.trainMs - b.trainMs)[0];
  return reached && { trainMs: reached.trainMs, utilisation: reached.utilisation };
}
