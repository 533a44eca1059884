import type { Ready, Run } from './contestant.js';
import type { HashingFigure } from './hashing.js';
import { MODELS } from './models.js';

export type Turn = Run & { use?: number };

export interface Figure extends Ready {
  tokensPerSecond: number;
  runs: number[];
  /** Of PyTorch's: the median over the runs, of each the median over turns that lay side by side. */
  ofPytorch: number;
  cores: number;
  use?: number;
}
export interface Figures {
  model: string;
  parameters: number;
  threads: number;
  cores: number;
  contestants: Record<string, Figure>;
  /** Relative distance of each backend's gradient from PyTorch's. */
  gradientDifference: Record<string, number>;
  hashing: (HashingFigure & { /** Of a step of this batch at the best backend's speed here, scaled by parameters. */ shareOfStep: number })[];
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length % 2 ? sorted[sorted.length >> 1] : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
};

export function figuresOf(
  model: string, threads: number, cores: number, ready: Record<string, Ready>, results: Record<string, Turn[][]>, hashing: readonly HashingFigure[],
): Figures {
  const contestants: Record<string, Figure> = {};
  for (const [kind, runs] of Object.entries(results)) {
    const speeds = runs.map((turns) => median(turns.map((t) => t.tokensPerSecond)));
    const ratios = runs.map((turns, r) => median(turns.map((t, i) => t.tokensPerSecond / results.pytorch[r][i].tokensPerSecond)));
    const all = runs.flat();
    const uses = all.flatMap((t) => (t.use === undefined ? [] : [t.use]));
    const { name, device, parameters, loss, norm } = ready[kind];
    contestants[kind] = {
      name, device, parameters, loss, norm, tokensPerSecond: Math.round(median(speeds)), runs: speeds.map(Math.round),
      ofPytorch: median(ratios), cores: median(all.map((t) => t.cores)),
      ...(uses.length > 0 ? { use: median(uses) } : {}),
    };
  }
  const { batch, config } = MODELS[model];
  const parameters = ready.pytorch.parameters;
  const best = Math.max(...Object.entries(contestants).filter(([kind]) => kind !== 'pytorch').map(([, f]) => f.tokensPerSecond));
  const stepMs = (count: number): number => ((1000 * batch * config.contextLength) / best) * (count / parameters);
  return {
    model, parameters, threads, cores, contestants,
    gradientDifference: (ready.pytorch as Ready & { differences: Record<string, number> }).differences,
    hashing: hashing.map((h) => ({ ...h, shareOfStep: h.blocked / stepMs(h.parameters) })),
  };
}

export function report(figures: Figures): string {
  const lines = [
    `${figures.model}: ${(figures.parameters / 1e6).toFixed(2)} M parameters, forward and backward, ${figures.threads} thread${figures.threads === 1 ? '' : 's'} each on ${figures.cores} cores`,
    '',
    `${'backend'.padEnd(36)}${'tokens/s'.padStart(10)}${'of PyTorch'.padStart(12)}${'cores used'.padStart(12)}${'loss'.padStart(12)}${'gradient off by'.padStart(17)}`,
  ];
  for (const [kind, f] of Object.entries(figures.contestants).sort(([, a], [, b]) => b.tokensPerSecond - a.tokensPerSecond)) {
    const off = figures.gradientDifference[kind];
    const use = f.use === undefined ? '' : `   GPU ${(100 * f.use).toFixed(0)} % busy`;
    lines.push(`${f.name.padEnd(36)}${String(f.tokensPerSecond).padStart(10)}${f.ofPytorch.toFixed(3).padStart(12)}${f.cores.toFixed(2).padStart(12)}${f.loss.toFixed(6).padStart(12)}${(off === undefined ? '' : off.toExponential(1)).padStart(17)}${use}`);
  }
  lines.push('', 'Medians of runs cut into turns; the ratio is that of turns side by side. Each of ours includes handing the parameters', 'over, reading the gradient back and its norm; PyTorch\'s leaves the gradient where it is.');
  for (const h of figures.hashing) {
    lines.push(`Hashing ${(h.parameters / 1e6).toFixed(2)} M parameters: this thread ${h.blocked.toFixed(2)} ms (${(100 * h.shareOfStep).toFixed(2)} % of such a model's step), root after ${h.root.toFixed(1)} ms`);
  }
  return lines.join('\n');
}
