/**
 * How many of `n` elected must say the same for it to count (protocol 2): all of one or two, else two thirds rounded
 * up. `n` is always the number elected, never of those who came.
 */
export function quorum(n: number): number {
  return n <= 2 ? n : Math.ceil((2 * n) / 3);
}

/**
 * The value a quorum agrees on, or undefined: undefined is undecided, no tie is ever broken by order.
 *
 * @param votes one key per vote that was cast; equal keys are identical votes.
 * @param elected how many could have voted.
 */
export function quorumOf(votes: readonly string[], elected: number): string | undefined {
  if (elected === 0) return undefined;
  const needed = quorum(elected);
  const counts = new Map<string, number>();
  for (const vote of votes) {
    const count = (counts.get(vote) ?? 0) + 1;
    if (count >= needed) return vote;
    counts.set(vote, count);
  }
  return undefined;
}
