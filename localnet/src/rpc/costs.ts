/** Methods that run a transaction or look through many accounts. */
const HEAVY = new Set([
  'sendTransaction', 'simulateTransaction', 'requestAirdrop', 'getProgramAccounts', 'getTokenAccountsByOwner',
  'getTokenAccountsByDelegate', 'getTokenLargestAccounts', 'getLargestAccounts', 'getSupply', 'getSignaturesForAddress',
  'programSubscribe', 'logsSubscribe',
]);
const HEAVY_COST = 10;
const BYTES_PER_UNIT = 64 * 1024;

/** What a call takes from its client's allowance, in calls of the simplest kind. */
export function costOf(method: unknown): number {
  return typeof method === 'string' && HEAVY.has(method) ? HEAVY_COST : 1;
}

/** What reading a body takes. */
export function costOfBody(bytes: number): number {
  return Math.floor(bytes / BYTES_PER_UNIT);
}
