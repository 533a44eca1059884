import { createHash } from 'node:crypto';
import { PsycheError } from '../errors.js';

/** Bytes from a peer, a file or the chain that are not what the protocol says. Never a reason to stop: drop them. */
export class ProtocolError extends PsycheError {}

/** SHA-256 over the concatenation of `parts`. */
export function sha256(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** A copy. Not `slice()`: that of a Buffer is a view, and changing it changes the original. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** @throws {ProtocolError} BAD_HEX unless `text` is an even number of hexadecimal digits. */
export function fromHex(text: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw new ProtocolError('BAD_HEX', 'expected an even number of hexadecimal digits');
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/**
 * Fills a fixed layout field by field, little-endian. Wrong values are the caller's defect, hence RangeError.
 */
export class ByteWriter {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private offset = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
  }

  u8(value: number): this {
    this.view.setUint8(this.take(1), inRange(value, 0xff));
    return this;
  }

  u16(value: number): this {
    this.view.setUint16(this.take(2), inRange(value, 0xffff), true);
    return this;
  }

  u32(value: number): this {
    this.view.setUint32(this.take(4), inRange(value, 0xffffffff), true);
    return this;
  }

  u64(value: number | bigint): this {
    const big = BigInt(value);
    if (big < 0n || big >= 1n << 64n) throw new RangeError(`${value} does not fit 64 bits`);
    this.view.setBigUint64(this.take(8), big, true);
    return this;
  }

  f32(value: number): this {
    this.view.setFloat32(this.take(4), value, true);
    return this;
  }

  /** A field of exactly `length` bytes. */
  raw(value: Uint8Array, length: number): this {
    if (value.length !== length) throw new RangeError(`field of ${length} bytes got ${value.length}`);
    this.bytes.set(value, this.take(length));
    return this;
  }

  /** @returns the buffer; every byte of it must have been written. */
  finish(): Uint8Array {
    if (this.offset !== this.bytes.length) throw new RangeError(`layout has ${this.bytes.length} bytes, ${this.offset} were written`);
    return this.bytes;
  }

  private take(length: number): number {
    const at = this.offset;
    if (at + length > this.bytes.length) throw new RangeError('layout is full');
    this.offset += length;
    return at;
  }
}

/** Reads a fixed layout, little-endian, from bytes nobody vouches for: total, it throws only {@link ProtocolError}. */
export class ByteReader {
  private readonly view: DataView;
  private offset = 0;

  /** @param what names the layout in error messages. */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly what: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  u64(): bigint {
    return this.view.getBigUint64(this.take(8), true);
  }

  f32(): number {
    return this.view.getFloat32(this.take(4), true);
  }

  /** A copy, so that the message it came from can be freed. */
  raw(length: number): Uint8Array {
    const at = this.take(length);
    return copyOf(this.bytes.subarray(at, at + length));
  }

  /** @throws {ProtocolError} BAD_TAG unless the next bytes are the ASCII of `tag`. */
  tag(tag: string): void {
    if (Buffer.from(this.raw(tag.length)).toString('latin1') !== tag) {
      throw new ProtocolError('BAD_TAG', `this is not a ${this.what}: it does not begin with "${tag}"`);
    }
  }

  /** @throws {ProtocolError} BAD_LENGTH if bytes are left over. */
  end(): void {
    if (this.remaining !== 0) throw new ProtocolError('BAD_LENGTH', `${this.what} has ${this.remaining} bytes too many`);
  }

  private take(length: number): number {
    const at = this.offset;
    if (length > this.remaining) throw new ProtocolError('BAD_LENGTH', `${this.what} ends too early, at byte ${this.bytes.length}`);
    this.offset += length;
    return at;
  }
}

function inRange(value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) throw new RangeError(`${value} is not an integer from 0 to ${max}`);
  return value;
}

/** The bytes of float32 numbers where they lie: no copy. */
export function floatBytes(numbers: Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
