import { CheckpointError } from '../errors.js';

/** A tensor of a safetensors file: float32, row by row, little-endian. */
export interface NamedTensor {
  name: string;
  shape: readonly number[];
  /** Byte offset of its data after the header, and its length. */
  offset: number;
  bytes: number;
}

const MAX_HEADER = 16 * 2 ** 20;

/**
 * The head of a safetensors file: u64 length, then JSON with each tensor's type, shape and place, padded with blanks to
 * eight bytes. The tensors' data follow it as one block.
 */
export function encodeHeader(tensors: readonly NamedTensor[], metadata: Record<string, string>): Uint8Array {
  const entries: Record<string, unknown> = { __metadata__: metadata };
  for (const t of tensors) entries[t.name] = { dtype: 'F32', shape: t.shape, data_offsets: [t.offset, t.offset + t.bytes] };
  const json = Buffer.from(JSON.stringify(entries));
  const padded = Math.ceil(json.length / 8) * 8;
  const head = Buffer.alloc(8 + padded, ' ');
  head.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(head, 8);
  return head;
}

/**
 * Reads the head of a file anybody may have made.
 * @returns the tensors, and where in `file` their data begin
 * @throws CheckpointError `CHECKPOINT_DAMAGED`
 */
export function decodeHeader(file: Uint8Array): { tensors: NamedTensor[]; metadata: Record<string, string>; dataAt: number } {
  if (file.length < 8) throw damaged('it is cut off');
  const length = Buffer.from(file.buffer, file.byteOffset, 8).readBigUInt64LE(0);
  if (length > BigInt(Math.min(MAX_HEADER, file.length - 8))) throw damaged('its header is longer than the file');
  const dataAt = 8 + Number(length);
  let entries: unknown;
  try {
    entries = JSON.parse(Buffer.from(file.subarray(8, dataAt)).toString('utf8'));
  } catch {
    throw damaged('its header is not JSON');
  }
  if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) throw damaged('its header is not an object');
  const tensors: NamedTensor[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(entries)) {
    if (name === '__metadata__') metadata = readMetadata(entry);
    else tensors.push(readEntry(name, entry, file.length - dataAt));
  }
  return { tensors, metadata, dataAt };
}

function readMetadata(entry: unknown): Record<string, string> {
  if (typeof entry !== 'object' || entry === null) return {};
  return Object.fromEntries(Object.entries(entry).filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

function readEntry(name: string, entry: unknown, available: number): NamedTensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const whole = (v: unknown): v is number => typeof v === 'number' && Number.isSafeInteger(v) && v >= 0;
  if (dtype !== 'F32') throw damaged(`${name} is not float32`);
  if (!Array.isArray(shape) || shape.length > 8 || !shape.every(whole)) throw damaged(`${name} has no proper shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(whole)) throw damaged(`${name} has no proper place`);
  const [from, to] = offsets as [number, number];
  const bytes = (shape as number[]).reduce((a, b) => a * b, 4);
  if (to - from !== bytes || to > available) throw damaged(`${name} lies outside the file`);
  return { name, shape: shape as number[], offset: from, bytes };
}

const damaged = (how: string): CheckpointError => new CheckpointError('CHECKPOINT_DAMAGED', `The safetensors file cannot be used: ${how}. Fetch the checkpoint again.`);
