import { open } from 'node:fs/promises';
import { EvaluationError } from './errors.js';

/** Text read for a loss: what lies between the first and the last sequence. */
const MAX_TEXT = 64 * 2 ** 20;

/** How well a model predicts a text. */
export interface LossResult {
  name: string;
  /** Nats per token. */
  loss: number;
  /** e to the loss. */
  perplexity: number;
  sequences: number;
  tokens: number;
}

export function lossResult(name: string, loss: number, sequences: readonly Int32Array[]): LossResult {
  return { name, loss, perplexity: Math.exp(loss), sequences: sequences.length, tokens: sequences.reduce((sum, s) => sum + s.length - 1, 0) };
}

/**
 * Up to `count` sequences of contextLength + 1 tokens, spread evenly over a text's tokens, without overlap. The same ones
 * as a run takes of its held-out part.
 */
export function spreadSequences(tokens: Int32Array, contextLength: number, count: number): Int32Array[] {
  const available = Math.max(0, Math.floor((tokens.length - 1) / contextLength));
  const taken = Math.min(count, available);
  return Array.from({ length: taken }, (_, i) => {
    const at = Math.floor((i * available) / taken) * contextLength;
    return tokens.slice(at, at + contextLength + 1);
  });
}

/**
 * The end of a text file, as long as a run with `permille` thousandths held out keeps apart; 1000 for all of it.
 * @throws EvaluationError `TEXT_NOT_FOUND`, `TEXT_TOO_LARGE`
 */
export async function readHeldOut(path: string, permille: number): Promise<Uint8Array> {
  const file = await open(path).catch((cause: unknown) => {
    throw new EvaluationError('TEXT_NOT_FOUND', `There is no ${path}. Name a text file with --data.`, { cause });
  });
  try {
    const { size } = await file.stat();
    const length = permille === 1000 ? size : Math.floor((size * permille) / 1000);
    if (length > MAX_TEXT) {
      throw new EvaluationError('TEXT_TOO_LARGE', `${length} bytes of ${path} would be read, more than ${MAX_TEXT}. Take a smaller part of it with --held-out.`);
    }
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const { bytesRead } = await file.read(bytes, at, length - at, size - length + at);
      if (bytesRead === 0) throw new EvaluationError('TEXT_NOT_FOUND', `${path} became shorter while it was read. Try again.`);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
