import type { SampleOptions } from '../../training/model/generate.js';
import type { Tokenizer } from '../../training/tokenizer/tokenizer.js';
import type { ModelFlags, OpenedModel } from './open-model.js';

/** What stands for a piece of a character. */
const UNFINISHED = '\ufffd';

/** Turns tokens into text as they come: what may be half a character waits for the rest of it. */
export class TextStream {
  private readonly tokens: number[] = [];
  /** Tokens before `shown` are on paper; those from `context` on are decoded with it, since some tokenizers join pieces. */
  private context = 0;
  private shown = 0;

  constructor(private readonly tokenizer: Pick<Tokenizer, 'decode'>) {}

  /** @returns the text that has become certain */
  push(token: number): string {
    this.tokens.push(token);
    return this.rest(false);
  }

  /** @returns what is left, finished or not */
  end(): string {
    return this.rest(true);
  }

  private rest(last: boolean): string {
    const before = this.tokenizer.decode(this.tokens.slice(this.context, this.shown));
    const after = this.tokenizer.decode(this.tokens.slice(this.context));
    if (!last && (after.endsWith(UNFINISHED) || after.length <= before.length)) return '';
    this.context = this.shown;
    this.shown = this.tokens.length;
    return after.slice(before.length);
  }
}

/**
 * Lets a model write after a prompt.
 * @param onText hears the text piece by piece
 * @returns what it wrote, and of how many tokens
 */
export async function writeText(opened: OpenedModel, prompt: string, flags: ModelFlags, signal: AbortSignal, onText: (text: string) => void = () => {}): Promise<{ text: string; tokens: number }> {
  const { sampleTokens } = await import('../../training/model/generate.js');
  const { turn } = await import('../../training/batch-gradient.js');
  const { backend, model, parameters, tokenizer } = opened;
  const encoded = tokenizer.encode(prompt);
  // Without a prompt, as after the end of another text; a model of bytes takes up a new line.
  const start = encoded.length > 0 ? encoded : tokenizer.endOfText === undefined ? tokenizer.encode('\n') : Int32Array.of(tokenizer.endOfText);
  const stream = new TextStream(tokenizer);
  let text = '';
  const tell = (piece: string): void => {
    text += piece;
    if (piece !== '') onText(piece);
  };
  const options: SampleOptions = {
    seed: flags.seed,
    temperature: flags.temperature,
    topK: flags.topK,
    below: tokenizer.vocabSize,
    stop: tokenizer.endOfText,
    onToken: (token) => tell(stream.push(token)),
  };
  const written = await sampleTokens(backend, model, parameters, start, flags.tokens, options, async () => {
    signal.throwIfAborted();
    backend.checkMemory();
    await turn();
  });
  tell(stream.end());
  return { text, tokens: written.length };
}

/** A model's text may hold anything: no control characters reach a terminal. */
export function forTerminal(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, UNFINISHED);
}
