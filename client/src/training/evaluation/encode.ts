import { EvaluationError } from './errors.js';

/** What evaluation needs of a tokenizer. */
export interface TextEncoder {
  encode(text: string): Int32Array;
  readonly endOfText?: number;
}

/** A text to be scored after another one, in tokens. */
export interface EncodedPair {
  /** context ‖ continuation, cut on the left to what the model sees and one more. */
  tokens: Int32Array;
  /** How many of the last ones are scored. */
  scored: number;
}

/**
 * Tokens of a context and what follows it, as lm-evaluation-harness makes them: blanks at the context's end go to the
 * continuation (where tokenizers put them), the whole is encoded at once and cut where the context's own tokens end. An
 * empty context is one token, that which ends a text, or a line break where there is none.
 * @throws EvaluationError `CONTINUATION_EMPTY`, `CONTINUATION_TOO_LONG`
 */
export function encodePair(tokenizer: TextEncoder, context: string, continuation: string, contextLength: number): EncodedPair {
  const kept = context.trimEnd();
  const follows = context.slice(kept.length) + continuation;
  const [head, tail] = kept === '' ? [first(tokenizer), tokenizer.encode(follows)] : split(tokenizer, kept, follows);
  if (tail.length === 0) throw new EvaluationError('CONTINUATION_EMPTY', `There is nothing to score after "${excerpt(context)}": a choice has no tokens of its own. Give each choice some text.`);
  if (tail.length > contextLength) {
    throw new EvaluationError('CONTINUATION_TOO_LONG', `"${excerpt(continuation)}" has ${tail.length} tokens; the model sees ${contextLength}. Use shorter choices, or a model with a longer context.`);
  }
  const tokens = new Int32Array(head.length + tail.length);
  tokens.set(head);
  tokens.set(tail, head.length);
  return { tokens: tokens.subarray(Math.max(0, tokens.length - contextLength - 1)), scored: tail.length };
}

function split(tokenizer: TextEncoder, context: string, follows: string): [Int32Array, Int32Array] {
  const whole = tokenizer.encode(context + follows);
  const { length } = tokenizer.encode(context);
  return [whole.subarray(0, length), whole.subarray(length)];
}

function first(tokenizer: TextEncoder): Int32Array {
  return tokenizer.endOfText === undefined ? tokenizer.encode('\n').subarray(0, 1) : Int32Array.of(tokenizer.endOfText);
}

const excerpt = (text: string): string => (text.length > 60 ? `…${text.slice(-60)}` : text);
