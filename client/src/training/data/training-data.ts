/** What a run trains on and is measured by, as sequences of contextLength + 1 tokens. */
export interface TrainingData {
  /** Sequences of one pass over everything, at the mixture's proportions for as long as its smallest source lasts. */
  readonly sequenceCount: number;
  /**
   * Sequences `start` … `start + count − 1` of the run. Indices count on through all passes; which tokens one has follows
   * from the manifest alone.
   * @throws DataError, RemoteError; the signal's reason
   */
  sequences(start: number, count: number, signal?: AbortSignal): Promise<Int32Array[]>;
  /** Up to `count` sequences that nobody trains on, the same ones on every machine. */
  heldOut(count: number, signal?: AbortSignal): Promise<Int32Array[]>;
  /** Nats per token of the best model that ignores context, where it is known: what a model must beat to have learned anything. */
  unigramEntropy(): number | undefined;
  close(): Promise<void>;
}
