import { contextCount } from '../optimizer/adaptive.js';
import { coefficientCount, type CompressionPlan } from '../optimizer/chunks.js';
import type { Coefficients } from '../optimizer/compress.js';
import type { Kernels } from './instance.js';
import { slabsOf, type Slab } from './slabs.js';

/** What `encodeBodyPlain` writes, by the kernel: the same bytes. */
export function encodeBodyByKernel(kernels: Kernels, plan: CompressionPlan, { positions, values, exponents }: Coefficients): Uint8Array {
  const { calls } = kernels;
  const parts: Uint8Array[] = [];
  kernels.host = { flush: (length) => void parts.push(kernels.bytes(calls.codedBuffer(), length).slice()), fill: () => 0 };
  const memory = layOut(kernels, plan);
  calls.beginEncoding();
  for (const slab of slabsOf(plan.chunks)) {
    const { first, at, count, rows, columns, k } = slab;
    kernels.shorts(memory.positions, count * k).set(positions.subarray(at, at + count * k));
    kernels.signedShorts(memory.values, count * k).set(values.subarray(at, at + count * k));
    if (exponents) kernels.signedBytes(memory.exponents, count).set(exponents.subarray(first, first + count));
    calls.encodeChunks(memory.contexts(slab), memory.positions, memory.values, memory.exponents, count, rows, columns, k, plan.bits);
  }
  calls.finishEncoding();
  const body = Buffer.concat(parts);
  let end = body.length;
  while (end > 0 && body[end - 1] === 0) end--;
  return new Uint8Array(body.subarray(0, end));
}

/** What `decodeBodyPlain` reads, by the kernel. */
export function decodeBodyByKernel(kernels: Kernels, plan: CompressionPlan, body: Uint8Array): Coefficients | undefined {
  if (body.at(-1) === 0) return undefined;
  const { calls } = kernels;
  const most = calls.codedBufferBytes();
  let read = 0;
  const fill = (): number => {
    const part = body.subarray(read, read + most);
    kernels.bytes(calls.codedBuffer(), part.length).set(part);
    read += part.length;
    return part.length;
  };
  kernels.host = { flush: () => undefined, fill };
  const total = coefficientCount(plan.chunks);
  const positions = new Uint16Array(total);
  const values = new Int16Array(total);
  const exponents = plan.bits === 1 ? undefined : new Int8Array(plan.chunks.length);
  const memory = layOut(kernels, plan);
  calls.beginDecoding();
  for (const slab of slabsOf(plan.chunks)) {
    const { first, at, count, rows, columns, k } = slab;
    calls.decodeChunks(memory.contexts(slab), memory.positions, memory.values, memory.exponents, count, rows, columns, k, plan.bits);
    positions.set(kernels.shorts(memory.positions, count * k), at);
    values.set(kernels.signedShorts(memory.values, count * k), at);
    exponents?.set(kernels.signedBytes(memory.exponents, count), first);
  }
  if (!calls.canonical()) return undefined;
  return exponents ? { positions, values, exponents } : { positions, values };
}

interface Layout {
  readonly positions: number;
  readonly values: number;
  readonly exponents: number;
  /** What was learned about chunks cut like this slab's; nothing yet, the first time. */
  contexts(slab: Slab): number;
}

/** Buffers for the largest slab, and contexts for each way in which the plan's chunks are cut. */
function layOut(kernels: Kernels, plan: CompressionPlan): Layout {
  kernels.reset();
  let coefficients = 1;
  let chunks = 1;
  const places = new Map<number, number>();
  for (const slab of slabsOf(plan.chunks)) {
    coefficients = Math.max(coefficients, slab.count * slab.k);
    chunks = Math.max(chunks, slab.count);
    if (places.has(keyOf(slab))) continue;
    const bytes = CONTEXT_HEADER + 4 * contextCount(slab.rows, slab.columns);
    const place = kernels.allocate(bytes);
    kernels.bytes(place, bytes).fill(0);
    places.set(keyOf(slab), place);
  }
  const [positions, values, exponents] = [2 * coefficients, 2 * coefficients, chunks].map((bytes) => kernels.allocate(bytes));
  return { positions, values, exponents, contexts: (slab) => places.get(keyOf(slab))! };
}

/** Bytes before the counters: the exponent of the chunk before. */
const CONTEXT_HEADER = 16;

function keyOf({ rows, columns, stride }: Slab): number {
  return (stride * 512 + rows) * 512 + columns;
}
