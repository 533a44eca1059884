/** The settings the size of a round's global batch follows from. */
export interface BatchSizeConfig {
  /** Sequences per step at the run's start. */
  globalBatchSizeStart: number;
  /** Sequences per step once `globalBatchSizeWarmupTokens` were processed. */
  globalBatchSizeEnd: number;
  /** Tokens over which the size goes from start to end; 0: the end size from the first step. */
  globalBatchSizeWarmupTokens: bigint;
}

/** Sequences in the global batch after `tokens` were processed: linear from start to end over the warm-up. */
export function batchSize(config: BatchSizeConfig, tokens: bigint): number {
  const { globalBatchSizeStart: start, globalBatchSizeEnd: end, globalBatchSizeWarmupTokens: warmup } = config;
  if (warmup === 0n || tokens >= warmup) return end;
  const change = (BigInt(end - start) * tokens) / warmup;
  return start + Number(change);
}
