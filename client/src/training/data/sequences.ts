import type { TokenStream } from './token-stream.js';

/**
 * A stream of tokens as sequences of contextLength + 1, each beginning with the token that the one before ended with: so
 * every token but the first is a target once. The end of the stream is held out.
 */
export class Sequences {
  /** To train on. */
  readonly count: number;
  private readonly training: number;

  constructor(readonly stream: TokenStream, private readonly contextLength: number, private readonly heldOutPermille: number) {
    this.training = stream.tokens - permilleOf(stream.tokens, heldOutPermille);
    this.count = Math.max(0, Math.floor((this.training - 1) / contextLength));
  }

  read(sequence: number, signal?: AbortSignal): Promise<Int32Array> {
    return this.stream.read(sequence * this.contextLength, this.contextLength + 1, signal);
  }

  /**
   * Up to `count` sequences spread evenly over the held-out part, none where that is too short for one. Where a run holds
   * nothing out, over all of the stream: a loss of what is trained on, and still a loss.
   */
  async heldOut(count: number, signal?: AbortSignal): Promise<Int32Array[]> {
    const { tokens } = this.stream;
    const start = this.heldOutPermille > 0 ? this.training : 0;
    const available = Math.max(0, Math.floor((tokens - start - 1) / this.contextLength));
    const taken = Math.min(count, available);
    const chosen = Array.from({ length: taken }, (_, i) => start + Math.floor((i * available) / taken) * this.contextLength);
    return inParts(chosen, (at) => this.stream.read(at, this.contextLength + 1, signal));
  }
}

/** ⌊tokens · permille / 1000⌋ without leaving the exact integers, as 2⁵² · 500 would. */
function permilleOf(tokens: number, permille: number): number {
  return Math.floor(tokens / 1000) * permille + Math.floor(((tokens % 1000) * permille) / 1000);
}

const AT_ONCE = 16;

/** Does `work` for all items in order of their answers, a few at once. */
export async function inParts<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  return results;
}
