import { Tokenizer as Library } from '@huggingface/tokenizers';
import { DataError } from '../errors.js';
import type { Tokenizer } from './tokenizer.js';

/** A larger one is no tokenizer. */
export const MAX_TOKENIZER_BYTES = 1 << 26;

/** Ids beyond are a mistake: no run's model has so many embeddings. */
const MAX_VOCABULARY = 1 << 20;

/** Names that tokenizers give to the token after a document, most common first. */
const END_NAMES = ['<|endoftext|>', '<|end_of_text|>', '</s>', '<|end▁of▁sentence|>', '<eos>', '[EOS]', '<|eot_id|>', '<|im_end|>'];

interface AddedToken {
  id: number;
  content: string;
  special?: boolean;
}

/** As much of a `tokenizer.json` as is looked at here; anybody may have written it. */
interface Definition {
  added_tokens?: AddedToken[];
  model?: { vocab?: unknown };
}

/** A tokenizer from a `tokenizer.json` as Hugging Face's libraries write it. */
export class HuggingFaceTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly endOfText?: number;
  private readonly decoder: Library;
  /** Knows no special tokens: what looks like one in a text is text, and ends no document. */
  private readonly encoder: Library;

  private constructor(readonly json: Uint8Array, definition: Definition, endOfText: number | string | null | undefined) {
    checkIds(definition);
    this.decoder = new Library(definition, {});
    const added = definition.added_tokens ?? [];
    this.encoder = added.some((t) => t.special) ? new Library({ ...definition, added_tokens: added.filter((t) => !t.special) }, {}) : this.decoder;
    rememberWords(this.encoder);
    const byName = this.decoder.get_vocab(true);
    this.vocabSize = 1 + [...byName.values()].reduce((most, id) => Math.max(most, id), -1);
    if (!(this.vocabSize >= 1 && this.vocabSize <= MAX_VOCABULARY)) throw new Error(`its vocabulary ends at ${this.vocabSize}`);
    if (endOfText === null) return;
    const names = typeof endOfText === 'string' ? [endOfText] : END_NAMES;
    const end = typeof endOfText === 'number' ? endOfText : names.map((name) => byName.get(name)).find((id) => id !== undefined);
    if (end === undefined ? endOfText !== undefined : end >= this.vocabSize) throw new Error(`it has no token ${String(endOfText)}`);
    if (end !== undefined) this.endOfText = end;
  }

  /**
   * @param bytes of a tokenizer.json
   * @param endOfText token or its name; absent: the usual names are looked for; null: none
   * @throws DataError `TOKENIZER_INVALID`
   */
  static parse(bytes: Uint8Array, endOfText?: number | string | null): HuggingFaceTokenizer {
    if (bytes.length > MAX_TOKENIZER_BYTES) throw invalid(`it has ${bytes.length} bytes`);
    try {
      const definition = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as Definition;
      return new HuggingFaceTokenizer(bytes, definition, endOfText);
    } catch (cause) {
      throw invalid((cause as Error).message, cause);
    }
  }

  encode(text: string): Int32Array {
    const { ids }: { ids: number[] } = this.encoder.encode(text, { add_special_tokens: false });
    // Vocabularies that hold the end of a document among their words could still spell it.
    return Int32Array.from(this.endOfText === undefined ? ids : ids.filter((id) => id !== this.endOfText));
  }

  decode(tokens: ArrayLike<number>): string {
    return tokens.length === 0 ? '' : this.decoder.decode(Array.from(tokens), { skip_special_tokens: false, clean_up_tokenization_spaces: false });
  }
}

/**
 * Refuses ids that are no row of any embedding. The library takes each for a place in an array that it walks through from
 * 0 on: a few bytes that name the id 2³¹ would hold everything up for minutes.
 */
function checkIds(definition: Definition): void {
  const { added_tokens: added = [], model } = definition ?? {};
  if (!Array.isArray(added)) throw new Error('its added_tokens are no list');
  const vocabulary = model?.vocab;
  if (typeof vocabulary !== 'object' || vocabulary === null) throw new Error('its model has no vocabulary');
  // A list is of tokens in order, with their scores.
  if (Array.isArray(vocabulary) && vocabulary.length > MAX_VOCABULARY) throw new Error(`its vocabulary has ${vocabulary.length} tokens`);
  const ids: unknown[] = [...(Array.isArray(vocabulary) ? [] : Object.values(vocabulary)), ...added.map((t: AddedToken | null) => t?.id)];
  const wrong = ids.findIndex((id) => !Number.isInteger(id) || (id as number) < 0 || (id as number) >= MAX_VOCABULARY);
  if (wrong >= 0) throw new Error(`it has a token with the id ${JSON.stringify(ids[wrong])?.slice(0, 40)}, and ids are whole numbers below ${MAX_VOCABULARY}`);
}

/** Words whose tokens are remembered, at most; forgotten all at once. */
const REMEMBERED_WORDS = 1 << 16;

/**
 * Gives the library's byte-pair model a plainer memory of words than its own, which spends a third of all time on
 * remembering which word was used last. What is encoded stays the same.
 */
function rememberWords({ model }: Library): void {
  const held = model as unknown as { cache?: { get?: unknown; put?: unknown } } | null;
  if (typeof held?.cache?.get !== 'function' || typeof held.cache.put !== 'function') return;
  const words = new Map<string, unknown>();
  held.cache = {
    get: (word: string) => words.get(word),
    put: (word: string, tokens: unknown) => {
      if (words.size >= REMEMBERED_WORDS) words.clear();
      words.set(word, tokens);
    },
  };
}

function invalid(why: string, cause?: unknown): DataError {
  return new DataError('TOKENIZER_INVALID', `This tokenizer.json cannot be used: ${why.slice(0, 300)}.`, { cause });
}
