/** The largest count's weight while weights are computed, and how much of it is kept as a frequency. */
const PEAK = 2 ** 20;
const KEPT = 128;
const ODDS = 1024;

/** What {@link splitWeights} found, besides the weights: counts `first`..`last` of `least`..`most` have one. */
export const spread = { least: 0, most: 0, first: 0, last: 0, total: 0, escape: false };

const weights = new Uint32Array(65_537);

/**
 * How likely it is that j of n cells, drawn without replacement, lie in the first `a` of `a + b` cells of which each is
 * drawn with odds such that one cell alone lies there with probability p·2^-16 (Fisher's noncentral hypergeometric
 * distribution). Frequencies of the counts around the likeliest; those too far out share one slot, the escape.
 *
 * Each weight follows from its neighbour's by the ratio C(a,j+1)·C(b,n−j−1)·odds / (C(a,j)·C(b,n−j)), in whole numbers
 * below 2^53: the same everywhere. Costs as many steps as counts are likely, at most n + 1.
 * @returns frequencies by count, valid until the next call
 */
export function splitWeights(a: number, b: number, n: number, p: number): Uint32Array {
  const least = Math.max(0, n - b);
  const most = Math.min(n, a);
  // Odds of the lower half per cell, as a fraction of two numbers of ten bits.
  const lowerOdds = p * b;
  const upperOdds = (65_536 - p) * a;
  const larger = Math.max(lowerOdds, upperOdds);
  const up = Math.max(1, Math.floor((lowerOdds * ODDS) / larger));
  const down = Math.max(1, Math.floor((upperOdds * ODDS) / larger));
  let mode = Math.min(most, Math.max(least, Math.floor((n * p) / 65_536)));
  while (mode < most && (a - mode) * (n - mode) * up > (mode + 1) * (b - n + mode + 1) * down) mode++;
  while (mode > least && mode * (b - n + mode) * down > (a - mode + 1) * (n - mode + 1) * up) mode--;
  weights[mode] = PEAK / KEPT;
  let total = PEAK / KEPT;
  let last = mode;
  for (let w = PEAK; last < most; last++) {
    w = Math.floor((Math.floor((w * (a - last) * (n - last)) / ((last + 1) * (b - n + last + 1))) * up) / down);
    if (w < KEPT) break;
    weights[last + 1] = Math.floor(w / KEPT);
    total += weights[last + 1];
  }
  let first = mode;
  for (let w = PEAK; first > least; first--) {
    w = Math.floor((Math.floor((w * first * (b - n + first)) / ((a - first + 1) * (n - first + 1))) * down) / up);
    if (w < KEPT) break;
    weights[first - 1] = Math.floor(w / KEPT);
    total += weights[first - 1];
  }
  spread.least = least;
  spread.most = most;
  spread.first = first;
  spread.last = last;
  spread.escape = first > least || last < most;
  spread.total = total + (spread.escape ? 1 : 0);
  return weights;
}
