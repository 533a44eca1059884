import type { Tokenizer } from './tokenizer.js';

/** Of bytes, after the 256 values there are. */
export const BYTES_END_OF_TEXT = 256;

/** UTF-8 as tokens: needs no file, and no text is foreign to it. */
export class BytesTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly endOfText?: number;

  /** @param vocabSize of the model: above 256, token 256 ends a document */
  constructor(vocabSize = 256) {
    this.vocabSize = vocabSize > 256 ? 257 : 256;
    if (vocabSize > 256) this.endOfText = BYTES_END_OF_TEXT;
  }

  encode(text: string): Int32Array {
    return Int32Array.from(Buffer.from(text, 'utf8'));
  }

  decode(tokens: ArrayLike<number>): string {
    return Buffer.from(Uint8Array.from(Array.from(tokens).filter((t) => t < 256))).toString('utf8');
  }
}
