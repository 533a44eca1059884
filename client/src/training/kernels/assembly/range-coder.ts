// The range coder of optimizer/range-coder.ts. Bytes come and go through buffers that the host fills and empties.

// @ts-ignore: decorator
@external("host", "flush")
declare function flush(length: i32): void;
// @ts-ignore: decorator
@external("host", "fill")
declare function fill(): i32;

const BUFFER_BYTES: i32 = 65536;
const BUFFER: usize = memory.data(65536, 16);
const TOP: u32 = 1 << 24;

let range: u32 = 0;
/** The encoder's low end, or, in 32 bits, what the decoder knows of it. */
let low: u64 = 0;
let code: u32 = 0;
/** Bytes in the buffer that wait to be flushed, or that were read. */
let at: i32 = 0;
let filled: i32 = 0;
let cache: u32 = 0;
let pending: u32 = 0;
let started: bool = false;
let sound: bool = false;

/** Where the host finds coded bytes, and puts them. */
export function codedBuffer(): usize {
  return BUFFER;
}

export function codedBufferBytes(): i32 {
  return BUFFER_BYTES;
}

export function beginEncoding(): void {
  range = 0xffffffff;
  low = 0;
  at = 0;
  cache = 0;
  pending = 0;
  started = false;
}

export function finishEncoding(): void {
  low = (low + (TOP - 1)) & ~(<u64>(TOP - 1));
  for (let i = 0; i < 5; i++) shift();
  flush(at);
  at = 0;
}

/** The symbol that owns [start, start+size) of `total` slots; the last one has what division leaves over. */
export function encode(start: u32, size: u32, total: u32): void {
  const unit = range / total;
  low += start * unit;
  range = start + size == total ? range - start * unit : size * unit;
  while (range < TOP) {
    range <<= 8;
    shift();
  }
}

/** One of two symbols, the first of probability p·2^-16. */
export function encodeBit(second: bool, p: u32): void {
  const bound = (range >>> 16) * p;
  if (second) {
    low += bound;
    range -= bound;
  } else {
    range = bound;
  }
  while (range < TOP) {
    range <<= 8;
    shift();
  }
}

function shift(): void {
  if (<u32>low < 0xff000000 || low >>> 32 != 0) {
    const carry = <u32>(low >>> 32);
    if (started) push(cache + carry);
    for (; pending > 0; pending--) push(0xff + carry);
    started = true;
    cache = (<u32>low >>> 24) & 0xff;
  } else {
    pending++;
  }
  low = (low & (TOP - 1)) << 8;
}

function push(byte: u32): void {
  if (at == BUFFER_BYTES) {
    flush(at);
    at = 0;
  }
  store<u8>(BUFFER + at, <u8>byte);
  at++;
}

export function beginDecoding(): void {
  range = 0xffffffff;
  low = 0;
  at = 0;
  filled = 0;
  code = 0;
  for (let i = 0; i < 4; i++) code = (code << 8) | next();
  sound = code < range;
  if (!sound) code = 0;
}

/** Whether the encoder makes exactly the bytes that were read: the argument stands in optimizer/range-coder.ts. */
export function canonical(): bool {
  const distance = <u32>(-low) & (TOP - 1);
  return sound && code == distance && at == filled && fill() == 0;
}

/** Something was read that the encoder never writes. */
export function refuse(): void {
  sound = false;
}

export function peek(total: u32): u32 {
  return min(total - 1, code / (range / total));
}

export function consume(start: u32, size: u32, total: u32): void {
  const unit = range / total;
  const amount = start * unit;
  code -= amount;
  low += amount;
  range = start + size == total ? range - amount : size * unit;
  normalize();
}

export function decodeUniform(total: u32): u32 {
  const unit = range / total;
  const value = min(total - 1, code / unit);
  const amount = value * unit;
  code -= amount;
  low += amount;
  range = value + 1 == total ? range - amount : unit;
  normalize();
  return value;
}

export function decodeBit(p: u32): bool {
  const bound = (range >>> 16) * p;
  const second = code >= bound;
  if (second) {
    code -= bound;
    low += bound;
    range -= bound;
  } else {
    range = bound;
  }
  normalize();
  return second;
}

// @ts-ignore: decorator
@inline
function normalize(): void {
  while (range < TOP) {
    range <<= 8;
    code = (code << 8) | next();
    low <<= 8;
  }
}

function next(): u32 {
  if (at == filled) {
    filled = fill();
    at = 0;
    if (filled == 0) return 0;
  }
  return load<u8>(BUFFER + at++);
}
