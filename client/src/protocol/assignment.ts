/** One trainer's part of a round's global batch: sequence indices `start` … `start + count − 1`. */
export interface Share {
  start: bigint;
  count: number;
}

/**
 * How many sequences of a batch each trainer gets (protocol 2, "Data"): in proportion to declared capacity, what is left
 * over one each to the largest remainders, ties in the order given.
 *
 * @param batch sequences in the global batch.
 * @param capacities of the trainers in seed order, each 1–8.
 */
export function batchShares(batch: number, capacities: readonly number[]): number[] {
  const total = capacities.reduce((sum, c) => sum + c, 0);
  if (total === 0) return capacities.map(() => 0);
  // Both factors are small (32 and 4 bits): their product is exact in a double.
  const shares = capacities.map((c) => Math.floor((batch * c) / total));
  const left = batch - shares.reduce((sum, s) => sum + s, 0);
  const byRemainder = capacities
    .map((c, i) => ({ i, remainder: (batch * c) % total }))
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  for (const { i } of byRemainder.slice(0, left)) shares[i] += 1;
  return shares;
}

/**
 * The ranges of sequence indices of a round, back to back in seed order from `dataPosition`.
 *
 * @param dataPosition index of the batch's first sequence.
 */
export function assignBatch(dataPosition: bigint, batch: number, capacities: readonly number[]): Share[] {
  let start = dataPosition;
  return batchShares(batch, capacities).map((count) => {
    const share = { start, count };
    start += BigInt(count);
    return share;
  });
}
