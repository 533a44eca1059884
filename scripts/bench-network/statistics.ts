/** Milliseconds of the machine's own clock: the same in all of its processes, and never set. */
export const clockMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** The value that a part `p` (0 to 1) of the values does not exceed, between two values where it falls there; NaN of none. */
export function quantile(values: readonly number[], p: number): number {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** NaN of none. */
export const mean = (values: readonly number[]): number => sum(values) / values.length;

/** What many measurements of one kind came to. */
export interface Distribution {
  count: number;
  mean: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

export function distributionOf(values: readonly number[]): Distribution {
  return { count: values.length, mean: mean(values), p50: median(values), p90: quantile(values, 0.9), p99: quantile(values, 0.99), max: quantile(values, 1) };
}

/** The straight line nearest to the points (least squares): `y = at0 + slope · x`. Of one point, or of equal x, a level one. */
export function lineThrough(points: readonly (readonly [number, number])[]): { at0: number; slope: number } {
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = sum(points.map(([x]) => (x - mx) ** 2));
  const slope = spread === 0 ? 0 : sum(points.map(([x, y]) => (x - mx) * (y - my))) / spread;
  return { at0: my - slope * mx, slope };
}
