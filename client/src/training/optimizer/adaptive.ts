/** Contexts of what is told of values. */
export const EXPONENT_CONTEXT = 0;
export const LEVEL_CONTEXT = EXPONENT_CONTEXT + 256;
export const LENGTH_CONTEXT = LEVEL_CONTEXT + 1;
export const MANTISSA_CONTEXT = LENGTH_CONTEXT + 16;
/** Behind them the nodes of the tree of positions, of which the upper twelve levels adapt: 64 × 64 in full. */
export const POSITION_CONTEXT = MANTISSA_CONTEXT + 64;
export const POSITION_NODES = 4096;

/** How many observations the first guess of a position's half counts for: random sets then lose next to nothing. */
export const POSITION_PRIOR = 32;
/** The same for all other contexts, which are few. */
export const VALUE_PRIOR = 2;

/** Contexts that chunks of this shape need. */
export function contextCount(rows: number, columns: number): number {
  const levels = 64 - Math.clz32(rows - 1) - Math.clz32(columns - 1);
  return POSITION_CONTEXT + Math.min(POSITION_NODES, 2 ** levels);
}

/** Twice this and a prior, times 2^15, stay below 2^32. */
const MOST_SEEN = 32_767;

/**
 * What was seen so far in a payload, in each context: how many of so many symbols were the first of two. Nothing is
 * forgotten before the counters are full, which bounds the cost of any content: until then a context costs at most
 * ½·log2(1 + seen/prior) bits more than its first guess would have. Whole numbers only, so that all machines count alike.
 */
export class Contexts {
  private readonly first: Uint16Array;
  private readonly seen: Uint16Array;
  /** Exponent of the chunk before, which the next one is told relative to. */
  exponent = 0;

  constructor(rows: number, columns: number) {
    const contexts = contextCount(rows, columns);
    this.first = new Uint16Array(contexts);
    this.seen = new Uint16Array(contexts);
  }

  /** Probability of the first symbol in units of 2^-16, from 1 to 65,535; `part` of `whole` is the first guess. */
  probability(context: number, prior: number, part: number, whole: number): number {
    return Math.floor(((this.first[context] * whole + prior * part) * 65_536) / ((this.seen[context] + prior) * whole));
  }

  /** Counts `first` of `n` symbols. Full counters are halved; what they could not hold is not counted. */
  count(context: number, first: number, n: number): void {
    if (n > MOST_SEEN) return;
    while (this.seen[context] + n > MOST_SEEN) {
      this.first[context] >>= 1;
      this.seen[context] >>= 1;
    }
    this.first[context] += first;
    this.seen[context] += n;
  }
}
