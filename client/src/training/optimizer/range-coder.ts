/** Symbols are coded with frequencies that add up to at most this. */
export const MAX_TOTAL = 2 ** 22;

/** Probabilities of one of two symbols are whole multiples of 2^-16, none of them 0 or 1. */
export const PROBABILITY_BITS = 16;

const TOP = 2 ** 24;

/** A range coder with carries: numbers in, bytes out, at most a byte above the entropy of what was coded. */
export class RangeEncoder {
  private low = 0;
  private range = 2 ** 32 - 1;
  private cache = 0;
  private pending = 0;
  private started = false;
  private bytes = new Uint8Array(1024);
  private length = 0;

  /** Codes the symbol that owns [start, start+size) of `total` slots. The last symbol has what division leaves over. */
  encode(start: number, size: number, total: number): void {
    const unit = Math.floor(this.range / total);
    this.low += start * unit;
    this.range = start + size === total ? this.range - start * unit : size * unit;
    this.normalize();
  }

  /** Codes one of two symbols, the first of probability p·2^-16. */
  bit(second: boolean, p: number): void {
    const bound = (this.range >>> PROBABILITY_BITS) * p;
    if (second) {
      this.low += bound;
      this.range -= bound;
    } else {
      this.range = bound;
    }
    this.normalize();
  }

  finish(): Uint8Array {
    // Of all numbers in the final range the lowest multiple of 2^24; the decoder reads zeros past the end.
    this.low = Math.ceil(this.low / TOP) * TOP;
    for (let i = 0; i < 5; i++) this.shift();
    let end = this.length;
    while (end > 0 && this.bytes[end - 1] === 0) end--;
    return this.bytes.slice(0, end);
  }

  private normalize(): void {
    while (this.range < TOP) {
      this.range *= 256;
      this.shift();
    }
  }

  /** Moves the top byte of `low` out; it is held back while a later carry could still change it. */
  private shift(): void {
    if (this.low < 0xff000000 || this.low >= 2 ** 32) {
      const carry = this.low >= 2 ** 32 ? 1 : 0;
      // The first held byte is the zero in front of everything: never written, never carried into.
      if (this.started) this.push(this.cache + carry);
      for (; this.pending > 0; this.pending--) this.push(0xff + carry);
      this.started = true;
      this.cache = Math.floor(this.low / TOP) & 0xff;
    } else {
      this.pending++;
    }
    this.low = (this.low % TOP) * 256;
  }

  private push(byte: number): void {
    if (this.length === this.bytes.length) {
      const grown = new Uint8Array(2 * this.length);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes[this.length++] = byte & 0xff;
  }
}

/**
 * The inverse. It never fails and never reads out of bounds: garbage decodes to some symbols, and {@link canonical}
 * says afterwards whether these bytes are the ones that the encoder makes of them.
 */
export class RangeDecoder {
  /** The coded number less the encoder's `low`: below `range`, always. */
  private code = 0;
  private range = 2 ** 32 - 1;
  /** The encoder's `low`, modulo 2^32. */
  private low = 0;
  private at = 0;
  private readonly sound: boolean;

  constructor(private readonly bytes: Uint8Array) {
    for (let i = 0; i < 4; i++) this.code = this.code * 256 + this.next();
    // The encoder's range is 2^32 − 1: the one number outside belongs to no message.
    this.sound = this.code < this.range;
    if (!this.sound) this.code = 0;
  }

  /** The slot of `total` that the next symbol owns; to be followed by {@link consume}. */
  peek(total: number): number {
    return Math.min(total - 1, Math.floor(this.code / Math.floor(this.range / total)));
  }

  consume(start: number, size: number, total: number): void {
    const unit = Math.floor(this.range / total);
    this.take(start * unit);
    this.range = start + size === total ? this.range - start * unit : size * unit;
    this.normalize();
  }

  /** A symbol of `total` equally likely ones. */
  uniform(total: number): number {
    const value = this.peek(total);
    this.consume(value, 1, total);
    return value;
  }

  /** One of two symbols, the first of probability p·2^-16: true for the second. */
  bit(p: number): boolean {
    const bound = (this.range >>> PROBABILITY_BITS) * p;
    const second = this.code >= bound;
    if (second) {
      this.take(bound);
      this.range -= bound;
    } else {
      this.range = bound;
    }
    this.normalize();
    return second;
  }

  /**
   * Whether the encoder, given the symbols that were read, writes exactly these bytes. It writes the lowest multiple of
   * 2^24 in its final range, without zeros at the end. The bytes name a number in that same range, so they are the
   * encoder's if that number's distance from `low` is the one of the multiple, if no byte was left unread, and if the
   * last one is not a zero. This replaces encoding everything once more.
   */
  canonical(): boolean {
    const { bytes } = this;
    const distance = -this.low & (TOP - 1);
    return this.sound && this.code === distance && bytes.length <= this.at && (bytes.length === 0 || bytes[bytes.length - 1] !== 0);
  }

  private take(amount: number): void {
    this.code -= amount;
    this.low = (this.low + amount) | 0;
  }

  private normalize(): void {
    while (this.range < TOP) {
      this.range *= 256;
      this.code = this.code * 256 + this.next();
      this.low <<= 8;
    }
  }

  private next(): number {
    const byte = this.at < this.bytes.length ? this.bytes[this.at] : 0;
    this.at++;
    return byte;
  }
}
