import { ANNOUNCEMENT_BYTES } from '../../client/src/protocol/commitment.js';
import type { ClientLog, RoundLog, Usage } from './client-log.js';
import type { CrewOptions, CrewResult } from './crew.js';
import { type KindTotal, totalsOf } from './ledger.js';
import { type Distribution, distributionOf, mean, sum } from './statistics.js';

/** Rounds at the beginning that do not count: connections, first uses, the parameters just made. */
export const WARM_ROUNDS = 2;

/** One run of so many clients, in figures. Milliseconds and bytes; per client and round unless said otherwise. */
export interface CrewSummary {
  clients: number;
  perProcess: number;
  /** Rounds that count. */
  rounds: number;
  trainMs: number;
  payloadBytes: number;
  /** From handing it to the network until another member has it: heard by gossip; fetched, checked and decoded. */
  announcement: Distribution;
  payload: Distribution;
  /** Part of the announcements that gossip did not bring, but asking for them did. */
  askedFor: number;
  peersUp: number;
  peersDown: number;
  /** What every client must receive at least, and send on average: all others' payloads and announcements, once. */
  least: number;
  chainUp: number;
  chainDown: number;
  cpuMs: number;
  /** At the end. */
  rss: number;
  roundMs: number;
  /** Part of the rounds' time in which a client was not training. */
  notTraining: number;
  /** Transactions and compute units of all clients in a round. */
  transactions: number;
  units: number;
  kinds: KindTotal[];
  /** Part of the rounds in which everybody's work was accepted. */
  complete: number;
  /** Of all cores together, while the rounds lasted. */
  machineBusy: number;
  /** Processor milliseconds of the validator in a round. */
  validatorCpuMs: number;
  /** Warnings of all clients, by code. */
  warnings: Record<string, number>;
}

/** @throws Error where the clients did not end with one model, or not all rounds were trained */
export function summarize(options: Pick<CrewOptions, 'clients' | 'perProcess' | 'steps' | 'times'>, result: CrewResult, payloadBytes: number): CrewSummary {
  const { clients: logs } = result;
  assertAgreed(logs, options);
  const measured = logs.map((log) => ({ log, rounds: measuredRounds(log) }));
  const rounds = measured[0].rounds.length;
  const { announced, held } = latencies(logs);
  const used = (of: (usage: Usage) => number): number => mean(measured.map(({ log, rounds }) => (of(log.ended!.usage) - of(rounds[0].usage)) / rounds.length));
  const all = measured.flatMap(({ rounds }) => rounds);
  const roundMs = mean(measured.map(({ log, rounds }) => (log.ended!.at - rounds[0].opened) / rounds.length));
  const trained = mean(all.map((r) => (r.trainEnded ?? NaN) - (r.trainBegan ?? NaN)));
  const [from, until] = [Math.min(...measured.map(({ rounds }) => rounds[0].opened)), Math.max(...logs.map((log) => log.ended!.at))];
  const samples = result.samples.filter(({ at }) => at >= from && at <= until);
  const landed = landedIn(result);
  const others = options.clients - 1;
  return {
    clients: options.clients,
    perProcess: options.perProcess,
    rounds,
    trainMs: trained,
    payloadBytes,
    announcement: distributionOf(announced),
    payload: distributionOf(held),
    askedFor: 1 - announced.length / Math.max(1, held.length),
    peersUp: used((u) => u.peersUp),
    peersDown: used((u) => u.peersDown),
    least: others * (payloadBytes + ANNOUNCEMENT_BYTES),
    chainUp: used((u) => u.chainUp),
    chainDown: used((u) => u.chainDown),
    cpuMs: used((u) => u.cpuMs),
    rss: mean(logs.map((log) => log.ended!.usage.rss)),
    roundMs,
    notTraining: 1 - trained / roundMs,
    transactions: landed.length / rounds,
    units: sum(landed.map((l) => l.units)) / rounds,
    kinds: totalsOf(landed),
    complete: mean(all.map((r) => (r.accepted === undefined || r.accepted === options.clients ? 1 : 0))),
    machineBusy: mean(samples.map((s) => s.busy)),
    validatorCpuMs: samples.length < 2 ? NaN : ((samples.at(-1)!.validatorCpuMs - samples[0].validatorCpuMs) / (samples.at(-1)!.at - samples[0].at)) * roundMs,
    warnings: warningsOf(logs),
  };
}

export const measuredRounds = (log: ClientLog): RoundLog[] => log.rounds.filter((r) => r.round >= WARM_ROUNDS);

/** How long announcements and payloads of the measured rounds took to each other member, all pairs. */
export function latencies(logs: readonly ClientLog[]): { announced: number[]; held: number[] } {
  const published = new Map<string, number>();
  for (const { index, rounds } of logs) for (const r of rounds) if (r.published !== undefined) published.set(`${r.round}/${index}`, r.published);
  const announced: number[] = [];
  const held: number[] = [];
  for (const { arrivals } of logs) {
    for (const arrival of arrivals) {
      const from = published.get(`${arrival.round}/${arrival.index}`);
      if (from === undefined || arrival.round < WARM_ROUNDS) continue;
      if (arrival.announced !== undefined) announced.push(arrival.announced - from);
      if (arrival.held !== undefined) held.push(arrival.held - from);
    }
  }
  return { announced, held };
}

/** What landed from the first measured round's opening until Cooldown's: the rounds' own transactions. */
function landedIn({ landed, clients }: CrewResult): CrewResult['landed'] {
  const from = Math.min(...clients.map((log) => measuredRounds(log)[0].slot));
  const until = Math.min(...clients.map((log) => log.ended!.slot));
  return landed.filter((l) => l.slot > from && l.slot <= until && ['witness', 'tick', 'pin_seed', 'health_check'].includes(l.name));
}

function assertAgreed(logs: readonly ClientLog[], { clients, steps }: Pick<CrewOptions, 'clients' | 'steps'>): void {
  const hashes = new Set(logs.map((log) => log.modelHash));
  if (logs.length !== clients || hashes.size !== 1) throw new Error(`${clients} clients ended with ${hashes.size} different models`);
  for (const log of logs) {
    if (log.steps !== steps) throw new Error(`client ${log.node} ended after step ${log.steps} of ${steps}`);
    if (log.ended === undefined || measuredRounds(log).length === 0) throw new Error(`client ${log.node} was in no round that counts`);
  }
}

function warningsOf(logs: readonly ClientLog[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { warnings } of logs) for (const [code, count] of Object.entries(warnings)) all[code] = (all[code] ?? 0) + count;
  return all;
}
