/** A part of a document, short enough to be encoded at once. */
export interface Piece {
  text: string;
  /** Whether the document ends with it. */
  end: boolean;
}

/** UTF-16 units of the longest piece. Part of what prepared bytes depend on: another value is another version. */
export const PIECE_LENGTH = 1 << 16;

/**
 * Cuts documents into pieces while they come in, in chunks of any length: where it cuts depends on the document alone, so
 * that the same text gives the same tokens on every machine.
 */
export class PieceCutter {
  private text = '';
  private begun = false;

  /** @param separator a text between documents, such as `<|endoftext|>`; absent: all is one document */
  constructor(private readonly separator = '') {}

  *push(chunk: string): Generator<Piece> {
    this.text += chunk;
    if (this.separator !== '') {
      for (let at = this.text.indexOf(this.separator); at >= 0; at = this.text.indexOf(this.separator)) {
        const rest = this.text.slice(at + this.separator.length);
        this.text = this.text.slice(0, at);
        yield* this.end();
        this.text = rest;
      }
    }
    // A separator may have come in part: only what is surely longer than a piece is cut.
    yield* this.cut(PIECE_LENGTH + Math.max(1, this.separator.length));
  }

  /** The document is over. An empty one has no pieces. */
  *end(): Generator<Piece> {
    yield* this.cut(PIECE_LENGTH + 1);
    if (this.begun || this.text !== '') yield { text: this.text, end: true };
    this.text = '';
    this.begun = false;
  }

  private *cut(least: number): Generator<Piece> {
    while (this.text.length >= least) {
      const at = cutAt(this.text);
      yield { text: this.text.slice(0, at), end: false };
      this.text = this.text.slice(at);
      this.begun = true;
    }
  }
}

/** All pieces of a whole document. */
export function* piecesOf(document: string): Generator<Piece> {
  const cutter = new PieceCutter();
  yield* cutter.push(document);
  yield* cutter.end();
}

/**
 * Where the first piece of a text longer than {@link PIECE_LENGTH} ends: after a line where the next begins with a word,
 * else before a space, so that tokenizers which split at words find the same words on both sides as in one text.
 */
function cutAt(text: string): number {
  const blank = (at: number): boolean => /\s/.test(text[at]);
  for (let at = PIECE_LENGTH; at > PIECE_LENGTH / 2; at--) if (text[at - 1] === '\n' && !blank(at) && !blank(at - 2)) return at;
  for (let at = PIECE_LENGTH - 1; at > PIECE_LENGTH / 2; at--) if (text[at] === ' ' && !blank(at - 1) && !blank(at + 1)) return at;
  const low = text.charCodeAt(PIECE_LENGTH);
  return low >= 0xdc00 && low <= 0xdfff ? PIECE_LENGTH - 1 : PIECE_LENGTH;
}
