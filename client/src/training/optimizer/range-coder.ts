/** Symbols are coded with frequencies that add up to at most this. */
export const MAX_TOTAL = 1 << 16;

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

  /** Codes the symbol that owns [start, start+size) of `total` equally likely slots. */
  encode(start: number, size: number, total: number): void {
    const unit = Math.floor(this.range / total);
    this.low += start * unit;
    this.range = size * unit;
    while (this.range < TOP) {
      this.range *= 256;
      this.shift();
    }
  }

  finish(): Uint8Array {
    // Of all numbers in the final range the one with most zero bytes at its end; the decoder reads zeros past the end.
    this.low = Math.ceil(this.low / TOP) * TOP;
    for (let i = 0; i < 5; i++) this.shift();
    let end = this.length;
    while (end > 0 && this.bytes[end - 1] === 0) end--;
    return this.bytes.slice(0, end);
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
 * The inverse. It never fails and never reads out of bounds: garbage decodes to some symbols, which the caller then
 * encodes again and compares.
 */
export class RangeDecoder {
  private code = 0;
  private range = 2 ** 32 - 1;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {
    for (let i = 0; i < 4; i++) this.code = this.code * 256 + this.next();
  }

  /** The slot of `total` that the next symbol owns; to be followed by {@link consume}. */
  peek(total: number): number {
    return Math.min(total - 1, Math.floor(this.code / Math.floor(this.range / total)));
  }

  consume(start: number, size: number, total: number): void {
    const unit = Math.floor(this.range / total);
    this.code -= start * unit;
    this.range = size * unit;
    while (this.range < TOP) {
      this.range *= 256;
      this.code = (this.code % 2 ** 32) * 256 + this.next();
    }
  }

  /** A symbol of `total` equally likely ones. */
  uniform(total: number): number {
    const value = this.peek(total);
    this.consume(value, 1, total);
    return value;
  }

  private next(): number {
    return this.at < this.bytes.length ? this.bytes[this.at++] : 0;
  }
}
