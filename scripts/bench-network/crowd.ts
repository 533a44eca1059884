import { Child } from './child.js';
import type { CrowdLog, CrowdOrder } from './crowd-process.js';
import { type KindTotal, type Landed, totalsOf } from './ledger.js';
import { Stage } from './stage.js';
import { WARM_ROUNDS } from './summary.js';
import { quantile, sum } from './statistics.js';

export interface CrowdOptions {
  members: number;
  steps: number;
  slotMs: number;
  trainMs: number;
  log(line: string): void;
}

/** What so many members ask of the chain. */
export interface CrowdSummary {
  members: number;
  rounds: number;
  slotMs: number;
  trainMs: number;
  roundMs: number;
  /** Transactions that landed, their compute units and bytes, in a round, of all members together. */
  transactions: number;
  units: number;
  bytes: number;
  kinds: KindTotal[];
  /** Most units in one slot of the rounds; all of them write the run's account. */
  slotUnits: number;
  /** The costliest transaction of the whole epoch. */
  costliest: { name: string; units: number };
  /** Fees of the members in the epoch, lamports each: all of it; its part that does not depend on how many rounds there are; and a round's. */
  lamports: { epoch: number; fixed: number; round: number };
  /** As many micro-lamports per compute unit asked for are not in it, where a cluster wants them: of 1,000, lamports each in a round and besides. */
  priorityAt1000: { fixed: number; round: number };
  /** Most and least that one member paid in the epoch, lamports. */
  mostPaid: number;
  leastPaid: number;
  /** Changes of the run's account in a round, each told to every subscriber with all of its bytes. */
  notices: number;
  accountBytes: number;
  decodeMs: number;
  /** What was refused or late and tried again, of all members in the whole epoch. */
  errors: Record<string, number>;
}

/** Takes so many members through an epoch of the coordinator. */
export async function runCrowd(options: CrowdOptions, signal: AbortSignal): Promise<CrowdSummary> {
  const { members, steps, slotMs, trainMs, log } = options;
  log(`${members} members on the chain alone: starting`);
  const stage = await Stage.open({ size: 'small', members, steps, slotMs }, signal);
  let crowd: Child<CrowdOrder, { log: string }, CrowdLog> | undefined;
  const stop = (): void => void crowd?.stop(0);
  try {
    const order: CrowdOrder = {
      keys: stage.members.map((m) => m.node.secretKey),
      rpcUrl: stage.url,
      wsUrl: stage.wsUrl,
      run: stage.run.toBase58(),
      hashInterval: stage.settings.manifest.hashInterval,
      trainMs,
    };
    crowd = new Child('crowd-process', order, (note) => log(note.log));
    signal.addEventListener('abort', stop, { once: true });
    const said = await crowd.answer;
    const landed = await stage.landed();
    return summarizeCrowd(options, said, landed, new Set(stage.members.map((m) => m.node.publicKey.toBase58())));
  } finally {
    signal.removeEventListener('abort', stop);
    await crowd?.stop();
    await stage.close();
  }
}

/** What the client offers at least where it is not told otherwise, micro-lamports. */
const PRICE = 1_000;

/** @throws Error where the epoch did not go as it should */
export function summarizeCrowd(options: Omit<CrowdOptions, 'log'>, said: CrowdLog, landed: readonly Landed[], nodes: ReadonlySet<string>): CrowdSummary {
  const { members, steps, slotMs, trainMs } = options;
  if (said.steps !== steps) throw new Error(`the run came to step ${said.steps} of ${steps}`);
  const measured = said.rounds.filter((r) => r.round >= WARM_ROUNDS);
  if (measured.length === 0) throw new Error('no round counts: take more steps');
  const rounds = measured.length;
  const own = landed.filter((l) => nodes.has(l.payer));
  const inRounds = own.filter((l) => l.slot > measured[0].slot && l.slot <= said.ended.slot);
  // The first rounds' too: what is not of rounds is what is fixed.
  const ofAllRounds = own.filter((l) => l.slot > said.rounds[0].slot && l.slot <= said.ended.slot);
  const fees = (some: readonly Landed[]): number => sum(some.map((l) => l.fee));
  const priority = (some: readonly Landed[]): number => (sum(some.map((l) => l.limit)) * PRICE) / 1e6;
  const bySlot = new Map<number, number>();
  for (const { slot, units } of inRounds) bySlot.set(slot, (bySlot.get(slot) ?? 0) + units);
  const paid = [...nodes].map((node) => fees(own.filter((l) => l.payer === node)));
  const { name, units } = own.reduce((most, l) => (l.units > most.units ? l : most));
  return {
    members,
    rounds,
    slotMs,
    trainMs,
    roundMs: (said.ended.at - measured[0].opened) / rounds,
    transactions: inRounds.length / rounds,
    units: sum(inRounds.map((l) => l.units)) / rounds,
    bytes: sum(inRounds.map((l) => l.bytes)) / rounds,
    kinds: totalsOf(inRounds),
    slotUnits: Math.max(...bySlot.values()),
    costliest: { name, units },
    lamports: {
      epoch: fees(own) / members,
      fixed: (fees(own) - fees(ofAllRounds)) / members,
      round: fees(inRounds) / rounds / members,
    },
    priorityAt1000: { fixed: (priority(own) - priority(ofAllRounds)) / members, round: priority(inRounds) / rounds / members },
    mostPaid: quantile(paid, 1),
    leastPaid: quantile(paid, 0),
    notices: (said.ended.notices - measured[0].notices) / rounds,
    accountBytes: said.accountBytes,
    decodeMs: said.decodeMs,
    errors: said.errors,
  };
}
