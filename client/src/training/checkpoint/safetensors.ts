import { floatBytes } from '../../protocol/bytes.js';
import { CheckpointError } from '../errors.js';

export type Dtype = 'F32' | 'BF16' | 'F16';

const WIDTH: Record<Dtype, number> = { F32: 4, BF16: 2, F16: 2 };

/** A tensor of a safetensors file: numbers row by row, little-endian. */
export interface NamedTensor {
  name: string;
  /** Default F32. */
  dtype?: Dtype;
  shape: readonly number[];
  /** Byte offset of its data after the header, and its length. */
  offset: number;
  bytes: number;
}

/** Bytes of a header; the largest published models have under 1 MiB. */
export const MAX_HEADER = 16 * 2 ** 20;

/**
 * The head of a safetensors file: u64 length, then JSON with each tensor's type, shape and place, padded with blanks to
 * eight bytes. The tensors' data follow it as one block.
 */
export function encodeHeader(tensors: readonly NamedTensor[], metadata: Record<string, string>): Uint8Array {
  const entries: Record<string, unknown> = { __metadata__: metadata };
  for (const t of tensors) entries[t.name] = { dtype: t.dtype ?? 'F32', shape: t.shape, data_offsets: [t.offset, t.offset + t.bytes] };
  const json = Buffer.from(JSON.stringify(entries));
  const padded = Math.ceil(json.length / 8) * 8;
  const head = Buffer.alloc(8 + padded, ' ');
  head.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(head, 8);
  return head;
}

/**
 * Where a file's data begin, from its first eight bytes.
 * @throws CheckpointError `CHECKPOINT_DAMAGED`
 */
export function headerLength(start: Uint8Array, fileBytes: number): number {
  if (start.length < 8 || fileBytes < 8) throw damaged('it is cut off');
  const length = Buffer.from(start.buffer, start.byteOffset, 8).readBigUInt64LE(0);
  if (length > BigInt(Math.min(MAX_HEADER, fileBytes - 8))) throw damaged('its header is longer than the file');
  return 8 + Number(length);
}

/**
 * Reads the head of a file anybody may have made.
 * @param file the file, or as much of its beginning as holds the header
 * @returns the tensors, and where in the file their data begin
 * @throws CheckpointError `CHECKPOINT_DAMAGED`
 */
export function decodeHeader(file: Uint8Array, fileBytes = file.length): { tensors: NamedTensor[]; metadata: Record<string, string>; dataAt: number } {
  const dataAt = headerLength(file, fileBytes);
  let entries: unknown;
  try {
    entries = JSON.parse(Buffer.from(file.buffer, file.byteOffset + 8, dataAt - 8).toString('utf8'));
  } catch {
    throw damaged('its header is not JSON');
  }
  if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) throw damaged('its header is not an object');
  const tensors: NamedTensor[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(entries)) {
    if (name === '__metadata__') metadata = readMetadata(entry);
    else tensors.push(readEntry(name, entry, fileBytes - dataAt));
  }
  return { tensors, metadata, dataAt };
}

function readMetadata(entry: unknown): Record<string, string> {
  if (typeof entry !== 'object' || entry === null) return {};
  return Object.fromEntries(Object.entries(entry).filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

function readEntry(name: string, entry: unknown, available: number): NamedTensor {
  const shown = name.slice(0, 128);
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const whole = (v: unknown): v is number => typeof v === 'number' && Number.isSafeInteger(v) && v >= 0;
  if (dtype !== 'F32' && dtype !== 'BF16' && dtype !== 'F16') throw damaged(`${shown} is not float32, bfloat16 or float16`);
  if (!Array.isArray(shape) || shape.length > 8 || !shape.every(whole)) throw damaged(`${shown} has no proper shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(whole)) throw damaged(`${shown} has no proper place`);
  const [from, to] = offsets as [number, number];
  const bytes = (shape as number[]).reduce((a, b) => a * b, WIDTH[dtype]);
  if (to - from !== bytes || to > available) throw damaged(`${shown} lies outside the file`);
  return { name, dtype, shape: shape as number[], offset: from, bytes };
}

/**
 * Numbers of a tensor as float32, exactly.
 * @param source whole numbers of `dtype`, aligned to their width
 */
export function widen(dtype: Dtype, source: Uint8Array, target: Float32Array): void {
  if (dtype === 'F32') {
    floatBytes(target).set(source);
    return;
  }
  const halves = new Uint16Array(source.buffer, source.byteOffset, source.length / 2);
  if (dtype === 'BF16') {
    const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
    for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  } else {
    const values = float16Values();
    for (let i = 0; i < halves.length; i++) target[i] = values[halves[i]];
  }
}

let float16: Float32Array | undefined;

/** All 65,536 values of binary16. */
function float16Values(): Float32Array {
  if (float16) return float16;
  float16 = new Float32Array(1 << 16);
  for (let bits = 0; bits < float16.length; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size = exponent === 0 ? fraction * 2 ** -24 : exponent < 31 ? (1024 + fraction) * 2 ** (exponent - 25) : fraction === 0 ? Infinity : NaN;
    float16[bits] = bits & 0x8000 ? -size : size;
  }
  return float16;
}

export const damaged = (how: string): CheckpointError => new CheckpointError('CHECKPOINT_DAMAGED', `The safetensors file cannot be used: ${how}. Fetch the checkpoint again.`);
