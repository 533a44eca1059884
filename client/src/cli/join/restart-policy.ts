/** How a client's process ended. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether it had got as far as taking part. */
  joined: boolean;
  /** The `code` of the error it gave, if it gave one on purpose. */
  error?: string;
  /** Milliseconds it ran. */
  lasted: number;
}

export type Decision = { again: true; afterMs: number } | { again: false; why: string };

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** Who ran so long is not in a circle of failures. */
const STEADY_MS = 300_000;
/** Failures in a row before a client takes part, after which the next would be one too. */
const MOST_FRUITLESS = 10;

/** Exit codes: done; called wrongly. */
const DONE = 0;
const USAGE = 2;

/** What ends a client in the middle of a run and would end it again: somebody has to do something first. */
const LASTING = new Set(['CONVICTED', 'CLIENT_VERSION']);

/** What keeps a client from starting and passes by itself. Everything else that it says of its own accord would only repeat. */
const PASSING = new Set(['MANIFEST_MISMATCH', 'REMOTE_UNAVAILABLE', 'CHECKPOINT_UNREACHABLE']);
/** A port or a folder that the process before has not let go of yet; or, after some time, one that cannot be had. */
const PASSING_SOON = new Set(['CANNOT_LISTEN', 'STATE_LOCKED']);
const passes = (error: string): boolean => PASSING.has(error) || error.startsWith('RPC_');

/**
 * Whether and when a client that ended is started again: after crashes and what passes by itself, ever later while it
 * gets nowhere; never after what would only repeat.
 */
export class RestartPolicy {
  private failures = 0;
  private fruitless = 0;

  /** @param random from 0 to 1, so that a network's clients don't all come back in the same moment */
  constructor(private readonly random: () => number = Math.random) {}

  next({ code, joined, error, lasted }: Ending): Decision {
    if (code === DONE) return { again: false, why: 'it has done what it should' };
    if (code === USAGE) return { again: false, why: 'it was called wrongly' };
    if (error !== undefined && (joined ? LASTING.has(error) : !passes(error) && !PASSING_SOON.has(error))) return { again: false, why: `it would end with ${error} again` };
    if (joined && lasted >= STEADY_MS) this.failures = 0;
    this.fruitless = joined || (error !== undefined && passes(error)) ? 0 : this.fruitless + 1;
    if (this.fruitless >= MOST_FRUITLESS) return { again: false, why: `it has failed ${MOST_FRUITLESS} times before it could take part` };
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures++);
    return { again: true, afterMs: Math.round(wait * (0.8 + 0.4 * this.random())) };
  }
}
