import type { Endpoint } from './endpoints.js';

/** What is the matter with a node. */
export type Trouble =
  /** No answer, or a broken one. */
  | 'unreachable'
  /** It wants fewer requests, or none of ours. */
  | 'refusing'
  /** Another node answered the same first. */
  | 'slow'
  /** It says itself that it is behind the cluster. */
  | 'behind'
  /** It answers as if all were well, but what it knows is old. */
  | 'stuck'
  /** It belongs to another cluster than the others. */
  | 'foreign';

export interface HealthOptions {
  now?: () => number;
  /** In [0, 1): clients that lost the same node must not come back at the same moment. */
  random?: () => number;
  /** No node is expected to answer sooner, milliseconds. Default 300. */
  leastExpectedMs?: number;
}

/** How long a node rests after a failure, doubled for each one in a row, milliseconds. */
const FIRST_REST_MS = 500;
export const LONGEST_REST_MS = 60_000;
/** What is expected of a node that has not answered yet, and the bounds of what is expected ever, milliseconds. */
const FIRST_EXPECTED_MS = 1_000;
const LEAST_EXPECTED_MS = 300;
const MOST_EXPECTED_MS = 3_000;

/**
 * How one node has been answering: when it may be asked again, and how long an answer takes. Times are smoothed as TCP does
 * it (RFC 6298): mean and mean deviation, with 4 deviations on top for what is expected.
 */
export class EndpointHealth {
  trouble: Trouble | undefined;
  #failures = 0;
  #failedAt = -Infinity;
  #restUntil = -Infinity;
  #mean: number | undefined;
  #deviation = 0;

  readonly #now: () => number;
  readonly #random: () => number;
  readonly #leastExpectedMs: number;

  constructor(
    readonly endpoint: Endpoint,
    { now = () => performance.now(), random = Math.random, leastExpectedMs = LEAST_EXPECTED_MS }: HealthOptions = {},
  ) {
    this.#now = now;
    this.#random = random;
    this.#leastExpectedMs = leastExpectedMs;
  }

  /** Milliseconds until it should be asked again; 0: now. */
  get restMs(): number {
    return Math.max(0, this.#restUntil - this.#now());
  }

  /** Milliseconds within which an answer is to be expected; after them it is worth asking another node as well. */
  get expectedMs(): number {
    const usual = this.#mean === undefined ? FIRST_EXPECTED_MS : Math.min(MOST_EXPECTED_MS, this.#mean + 4 * this.#deviation);
    return Math.max(this.#leastExpectedMs, usual);
  }

  /** It answered, after so many milliseconds. */
  answered(ms: number): void {
    if (this.#mean === undefined) [this.#mean, this.#deviation] = [ms, ms / 2];
    else {
      this.#deviation = 0.75 * this.#deviation + 0.25 * Math.abs(this.#mean - ms);
      this.#mean = 0.875 * this.#mean + 0.125 * ms;
    }
    // Whoever is stuck, or foreign, answers as well.
    if (this.trouble === 'stuck' || this.trouble === 'foreign') return;
    this.recover();
  }

  /**
   * Requests that were under way together fail together: they are one failure.
   *
   * @param restMs how long the node itself, or its trouble, asks to be left alone.
   * @param begunAt when the request that failed began.
   */
  failed(trouble: Trouble, restMs?: number, begunAt = Infinity): void {
    const now = this.#now();
    if (begunAt < this.#failedAt) {
      if (restMs !== undefined && this.restMs > 0) this.#restUntil = Math.max(this.#restUntil, now + restMs);
      return;
    }
    this.#failedAt = now;
    this.trouble = trouble;
    const grown = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** Math.min(this.#failures++, 16));
    this.#restUntil = now + (restMs ?? grown * (0.5 + 0.5 * this.#random()));
  }

  /** Its rest is over, and one request is about to find out how it does: others leave it alone for as long as that may take. */
  probe(): void {
    this.#restUntil = this.#now() + this.expectedMs;
  }

  recover(): void {
    this.trouble = undefined;
    this.#failures = 0;
    this.#restUntil = -Infinity;
  }
}
