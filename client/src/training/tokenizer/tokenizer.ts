/** Text as a model sees it, and back. */
export interface Tokenizer {
  /** Every token is below. */
  readonly vocabSize: number;
  /** Ends a document; never what text is encoded to. */
  readonly endOfText?: number;
  /** The tokenizer.json it was read from, if any: threads make their own of it. */
  readonly json?: Uint8Array;
  encode(text: string): Int32Array;
  /** What is no text, a part of a character or an unknown token, becomes U+FFFD or nothing. */
  decode(tokens: ArrayLike<number>): string;
}
