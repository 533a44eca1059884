import type { Announcement } from '../../client/src/protocol/commitment.js';
import type { EventSink, ParticipantEvent } from '../../client/src/round/events.js';
import { clockMs } from './statistics.js';
import { addressOf } from './recorded-payload.js';

/** What a client has used and carried so far: bytes since its start, processor milliseconds, bytes of memory. */
export interface Usage {
  /** Of the peers' TCP streams. */
  peersUp: number;
  peersDown: number;
  /** Of the connections to the RPC node; where several clients share a process, this one's part. */
  chainUp: number;
  chainDown: number;
  cpuMs: number;
  rss: number;
}

/** One round as a client saw it; times by {@link clockMs}. */
export interface RoundLog {
  round: number;
  /** Slot of its opening, as far as this client knew. */
  slot: number;
  /** RoundTrain as this client heard of it, and when it was over. */
  opened: number;
  closed?: number;
  trainBegan?: number;
  trainEnded?: number;
  /** When it gave its own payload to the network. */
  published?: number;
  /** Payloads of the accepted list. */
  accepted?: number;
  /** As the round opened. */
  usage: Usage;
}

/** When another member's work reached a client. */
export interface Arrival {
  round: number;
  /** The trainer's. */
  index: number;
  /** By gossip; absent where it had to be asked for. */
  announced?: number;
  /** The payload: fetched, its hash checked, decoded. */
  held?: number;
}

/** All that one client has to tell at its end. */
export interface ClientLog {
  node: string;
  /** Its place in the epoch. */
  index: number;
  rounds: RoundLog[];
  arrivals: Arrival[];
  /** When the last round was over. */
  ended?: { at: number; slot: number; usage: Usage };
  steps: number;
  modelHash: string;
  points: string;
  warnings: Record<string, number>;
}

/** Notes what one client does and hears. The first epoch alone: there is one. */
export class Recorder {
  private readonly rounds = new Map<number, RoundLog>();
  private readonly arrivals = new Map<string, Arrival>();
  private open: RoundLog | undefined;
  private ended: ClientLog['ended'];
  private finished: Extract<ParticipantEvent, { event: 'finished' }> | undefined;
  private readonly warnings: Record<string, number> = {};

  constructor(
    private readonly node: string,
    private readonly usage: () => Usage,
    private readonly indexOf: () => number | undefined,
    private readonly now: () => number = clockMs,
  ) {}

  readonly emit: EventSink = (event) => {
    if (event.event === 'state') this.onState(event);
    else if (event.event === 'trained') this.onTrained(event);
    else if (event.event === 'applied') this.of(event.round, (log) => (log.accepted = event.accepted));
    else if (event.event === 'warning') this.warnings[event.code] = (this.warnings[event.code] ?? 0) + 1;
    else if (event.event === 'finished') this.finished = event;
  };

  /** A payload is there, this client's own or another's. */
  provided(payload: Uint8Array): void {
    const { round, index } = addressOf(payload);
    if (index === this.indexOf()) this.of(round, (log) => (log.published ??= this.now()));
    else this.arrival(round, index).held ??= this.now();
  }

  announced({ round, index }: Pick<Announcement, 'round' | 'index'>): void {
    this.arrival(round, index).announced ??= this.now();
  }

  /** @throws Error if the client did not get to the end of the run. */
  log(index: number): ClientLog {
    const { finished, node, ended, warnings } = this;
    if (finished === undefined) throw new Error(`client ${node} did not finish`);
    const rounds = [...this.rounds.values()].sort((a, b) => a.round - b.round);
    return { node, index, rounds, arrivals: [...this.arrivals.values()], ended, steps: finished.step, modelHash: finished.modelHash, points: finished.points, warnings };
  }

  private onState({ state, round, slot }: Extract<ParticipantEvent, { event: 'state' }>): void {
    const goesOn = this.open !== undefined && state === 'RoundTrain' && this.open.round === round;
    if (goesOn) return;
    if (this.open !== undefined) this.open.closed = this.now();
    this.open = undefined;
    if (state === 'Cooldown' || state === 'Finished') this.ended ??= { at: this.now(), slot, usage: this.usage() };
    if (state !== 'RoundTrain' || this.rounds.has(round)) return;
    this.open = { round, slot, opened: this.now(), usage: this.usage() };
    this.rounds.set(round, this.open);
  }

  private onTrained({ round, seconds }: Extract<ParticipantEvent, { event: 'trained' }>): void {
    const ended = this.now();
    this.of(round, (log) => Object.assign(log, { trainEnded: ended, trainBegan: ended - 1000 * seconds }));
  }

  private of(round: number, note: (log: RoundLog) => void): void {
    const log = this.rounds.get(round);
    if (log !== undefined) note(log);
  }

  private arrival(round: number, index: number): Arrival {
    const key = `${round}/${index}`;
    let found = this.arrivals.get(key);
    if (found === undefined) this.arrivals.set(key, (found = { round, index }));
    return found;
  }
}
