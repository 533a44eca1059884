import { Keypair, PublicKey } from '@solana/web3.js';
import { Chain, CoordinatorClient, programIds } from '../../client/src/chain/index.js';
import { decodeRun } from '../../client/src/chain/decode-run.js';
import { Duties } from '../../client/src/round/duties.js';
import { SlotClock } from '../../client/src/round/slot-clock.js';
import { watchSlots } from '../../client/src/round/slot-watch.js';
import { answering } from './child.js';
import { CrowdChain } from './crowd-chain.js';
import { CrowdMember, type CrowdRun, isOver } from './crowd-member.js';
import { clockMs } from './statistics.js';

export interface CrowdOrder {
  keys: Uint8Array[];
  rpcUrl: string;
  wsUrl: string;
  /** The run's address. */
  run: string;
  hashInterval: number;
  /** From a round's seed on, until everybody holds everybody's payload. */
  trainMs: number;
}

export interface CrowdLog {
  rounds: { round: number; slot: number; opened: number; notices: number }[];
  /** When and at which slot the last round was over. */
  ended: { slot: number; at: number; notices: number };
  /** Bytes of the run's account, of which each notice has all. */
  accountBytes: number;
  /** Decoding one such notice, milliseconds. */
  decodeMs: number;
  steps: number;
  /** What went wrong and was tried again, by its code. */
  errors: Record<string, number>;
}

/** How often a notice is decoded to time it. */
const DECODED = 20;

/** Many members that share one look at the run and one connection, and nothing else. Ends with the epoch. */
answering(async (order: CrowdOrder, tell: (note: { log: string }) => void, signal): Promise<CrowdLog> => {
  const chain = new Chain({ rpcUrl: order.rpcUrl, wsUrl: order.wsUrl, commitment: 'processed', programs: programIds() });
  const run = new PublicKey(order.run);
  const reader = new CoordinatorClient(chain, run);
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const errors: Record<string, number> = {};
  const failed = (_: string, error: unknown): void => {
    const code = String((error as { code?: unknown }).code ?? (error as Error).message);
    errors[code] = (errors[code] ?? 0) + 1;
  };
  const state: CrowdRun = { view: await reader.fetchRun(), clock: new SlotClock(400), hashInterval: order.hashInterval, exchanged: false };
  const members = order.keys.map((bytes) => {
    const key = Keypair.fromSecretKey(bytes);
    return new CrowdMember(key, new CrowdChain(chain, reader.calls, run, key, () => state.view), state, new Duties(until, failed));
  });
  const log: CrowdLog = { rounds: [], ended: { slot: 0, at: 0, notices: 0 }, accountBytes: 0, decodeMs: 0, steps: 0, errors };
  let notices = 0;
  let training: { round: number; timer: NodeJS.Timeout } | undefined;
  let looking = false;
  const look = (): void => {
    if (looking || until.aborted) return;
    looking = true;
    setImmediate(() => {
      looking = false;
      if (!until.aborted) for (const member of members) member.look();
    });
  };
  state.clock.setSlotMs(state.view.config.slotMs);
  try {
    await new Promise<void>((resolve, reject) => {
      until.addEventListener('abort', () => reject(until.reason as Error), { once: true });
      const end = reader.subscribe((view, slot) => {
        const was = state.view;
        state.view = view;
        state.clock.observe(slot);
        notices++;
        if (view.state !== was.state) tell({ log: `${view.state}, ${view.pending.length} waiting, ${view.members.length} members` });
        if (view.state === 'RoundTrain' && log.rounds.at(-1)?.round !== view.round) {
          log.rounds.push({ round: view.round, slot: Number(view.stateStartSlot), opened: clockMs(), notices });
          state.exchanged = false;
        }
        if (view.state === 'Cooldown' && log.ended.at === 0) log.ended = { slot: Number(view.stateStartSlot), at: clockMs(), notices };
        if (view.seedPinned && view.state === 'RoundTrain' && training?.round !== view.round) {
          const timer = setTimeout(() => {
            state.exchanged = true;
            look();
          }, order.trainMs);
          training = { round: view.round, timer };
        }
        if (isOver(view)) {
          log.steps = view.step;
          resolve();
        }
        look();
      }, (error) => failed('chain', error));
      const endSlots = watchSlots(chain, (slot) => {
        state.clock.observe(slot);
        look();
      });
      until.addEventListener('abort', () => (end(), endSlots()), { once: true });
    });
    const { data } = (await chain.account(run))!;
    log.accountBytes = data.length;
    const begun = performance.now();
    for (let i = 0; i < DECODED; i++) decodeRun(order.run, data);
    log.decodeMs = (performance.now() - begun) / DECODED;
    return log;
  } finally {
    clearTimeout(training?.timer);
    stop.abort();
    chain.close();
  }
});
