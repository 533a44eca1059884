import { pause } from './deadline.js';
import { isOffence } from './errors.js';
import { keyId } from './identity.js';

/** Failures in a row after which a source alone does not keep a download alive. */
export const MAX_FAILURES = 3;

const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 8_000;

/** While one range comes in over a link of 100 ms, the request for the next is on its way. */
export const STREAMS_PER_SOURCE = 2;

/** A member that may have the model. */
export interface ModelSource {
  readonly key: Uint8Array;
  readonly id: string;
  /** Conversations with it now. */
  streams: number;
  /** In a row: what it delivers clears them. */
  failures: number;
  failedAt: number;
  /** When it may be asked again. */
  notBefore: number;
  error?: unknown;
  /** Fires when it lied: what else it is sending is not worth waiting for. */
  readonly out: AbortController;
}

/** One conversation with a source. */
export interface Turn {
  readonly source: ModelSource;
  readonly since: number;
  /** How long the source still rests, milliseconds. */
  readonly restMs: number;
}

/**
 * Who is asked for a model, and when. A source that fails rests, longer each time, and is asked again as long as any
 * other delivers: in a Warmup those who are newcomers themselves have the model a moment later. One that lied is out.
 */
export class ModelSources {
  private readonly sources: ModelSource[];

  /** @param now milliseconds. */
  constructor(
    keys: readonly Uint8Array[],
    private readonly now: () => number = () => performance.now(),
  ) {
    const byId = new Map(keys.map((key) => [keyId(key), key]));
    const fresh = { streams: 0, failures: 0, failedAt: -Infinity, notBefore: -Infinity };
    this.sources = [...byId].map(([id, key]) => ({ key, id, ...fresh, out: new AbortController() }));
  }

  get size(): number {
    return this.sources.length;
  }

  /** Those that have not lied. */
  get honest(): Uint8Array[] {
    return this.usable.map(({ key }) => key);
  }

  /** Whether nobody is left from whom anything can be expected soon. */
  get exhausted(): boolean {
    return this.usable.every(({ failures }) => failures >= MAX_FAILURES);
  }

  /** The last that each one did wrong. */
  get errors(): unknown[] {
    return this.sources.filter(({ error }) => error !== undefined).map(({ error }) => error);
  }

  /** A turn with the source that can be asked soonest, of several the least busy. To be given back by {@link release}. */
  take(): Turn | undefined {
    const since = this.now();
    const rest = ({ notBefore }: ModelSource) => Math.max(0, notBefore - since);
    const free = this.usable.filter(({ streams }) => streams < STREAMS_PER_SOURCE);
    const [source] = free.sort((a, b) => rest(a) - rest(b) || a.streams - b.streams);
    if (source === undefined) return undefined;
    source.streams++;
    return { source, since: since + rest(source), restMs: rest(source) };
  }

  release({ source }: Turn): void {
    source.streams--;
  }

  delivered({ source }: Turn): void {
    source.failures = 0;
    source.notBefore = -Infinity;
  }

  failed({ source, since }: Turn, error: unknown): void {
    source.error = error;
    // a peer that is gone ends all of its streams: one failure
    if (since <= source.failedAt) return;
    source.failedAt = this.now();
    source.failures++;
    source.notBefore = source.failedAt + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (source.failures - 1));
  }

  lied(key: Uint8Array, error: unknown): void {
    const source = this.sources.find(({ id }) => id === keyId(key));
    if (source === undefined) return;
    source.error = error;
    source.out.abort(error);
  }

  private get usable(): ModelSource[] {
    return this.sources.filter(({ out }) => !out.signal.aborted);
  }
}

/**
 * One of a download's workers: takes turns with sources, as they fail and recover, until `stop` fires; nobody being left
 * fires it. Never throws.
 */
export async function takeTurns(pool: ModelSources, stop: AbortController, drain: (turn: Turn, signal: AbortSignal) => Promise<void>): Promise<void> {
  for (let turn = pool.take(); turn !== undefined && !stop.signal.aborted; turn = pool.take()) {
    const { source, restMs } = turn;
    try {
      if (restMs > 0) await pause(restMs, stop.signal);
      await drain(turn, AbortSignal.any([stop.signal, source.out.signal]));
    } catch (error) {
      if (isOffence(error)) pool.lied(source.key, error);
      else if (!stop.signal.aborted) pool.failed(turn, error);
      if (pool.exhausted) stop.abort();
    } finally {
      pool.release(turn);
    }
  }
}
