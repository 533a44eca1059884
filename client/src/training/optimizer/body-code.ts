import { decodeBodyByKernel, encodeBodyByKernel } from '../kernels/codec.js';
import { kernels } from '../kernels/instance.js';
import { Contexts } from './adaptive.js';
import { coefficientCount, type Chunk, type CompressionPlan } from './chunks.js';
import type { Coefficients } from './compress.js';
import { decodeCells, encodeCells } from './position-code.js';
import { RangeDecoder, RangeEncoder } from './range-coder.js';
import { decodeExponent, decodeLevel, decodeSigns, decodeValue, encodeExponent, encodeLevel, encodeSigns, encodeValue } from './value-code.js';

/** A payload's coded part: per chunk its set of positions, its exponent if it has one, and the values in order of position. */
export function encodeBody(plan: CompressionPlan, coefficients: Coefficients): Uint8Array {
  const kernel = kernels();
  return kernel ? encodeBodyByKernel(kernel, plan, coefficients) : encodeBodyPlain(plan, coefficients);
}

/** The inverse; undefined where the encoder makes no such bytes of anything. Bounded by the plan, whatever the bytes are. */
export function decodeBody(plan: CompressionPlan, body: Uint8Array): Coefficients | undefined {
  const kernel = kernels();
  return kernel ? decodeBodyByKernel(kernel, plan, body) : decodeBodyPlain(plan, body);
}

function encodeBodyPlain(plan: CompressionPlan, { positions, values, exponents }: Coefficients): Uint8Array {
  const encoder = new RangeEncoder();
  const contexts = new ContextsByShape();
  const cells = new Uint16Array(plan.chunks.reduce((most, c) => Math.max(most, c.k), 1));
  let at = 0;
  plan.chunks.forEach((chunk, index) => {
    const { rows, columns, k } = chunk;
    const own = contexts.of(chunk);
    for (let i = 0; i < k; i++) {
      const row = Math.floor(positions[at + i] / columns);
      cells[i] = (row << 8) | (positions[at + i] - row * columns);
    }
    encodeCells(encoder, own, cells, 0, k, 0, 0, rows, columns, 1);
    if (plan.bits === 1) {
      encodeSigns(encoder, values, at, at + k);
    } else {
      encodeExponent(encoder, own, exponents![index]);
      for (let i = at; i < at + k; i++) (plan.bits === 2 ? encodeLevel : encodeValue)(encoder, own, values[i]);
    }
    at += k;
  });
  return encoder.finish();
}

function decodeBodyPlain(plan: CompressionPlan, body: Uint8Array): Coefficients | undefined {
  const total = coefficientCount(plan.chunks);
  const positions = new Uint16Array(total);
  const values = new Int16Array(total);
  const exponents = plan.bits === 1 ? undefined : new Int8Array(plan.chunks.length);
  const decoder = new RangeDecoder(body);
  const contexts = new ContextsByShape();
  let sound = true;
  let at = 0;
  plan.chunks.forEach((chunk, index) => {
    const { rows, columns, k } = chunk;
    const own = contexts.of(chunk);
    const cells = positions.subarray(at, at + k);
    if (!decodeCells(decoder, own, cells, 0, k, 0, 0, rows, columns, 1)) sound = false;
    // Ascending as cells, which are row · 256 + column, is ascending as positions.
    cells.sort();
    for (let i = 0; i < k; i++) cells[i] = (cells[i] >> 8) * columns + (cells[i] & 255);
    if (!exponents) {
      decodeSigns(decoder, values, at, at + k);
    } else {
      exponents[index] = decodeExponent(decoder, own);
      for (let i = at; i < at + k; i++) values[i] = (plan.bits === 2 ? decodeLevel : decodeValue)(decoder, own);
    }
    at += k;
  });
  if (!sound || !decoder.canonical()) return undefined;
  return exponents ? { positions, values, exponents } : { positions, values };
}

/** Chunks cut alike from matrices of the same width share what was learned: a transformer's layers repeat the same tensors. */
class ContextsByShape {
  private readonly known = new Map<number, Contexts>();

  of({ rows, columns, stride }: Chunk): Contexts {
    const key = (stride * 512 + rows) * 512 + columns;
    let contexts = this.known.get(key);
    if (!contexts) this.known.set(key, (contexts = new Contexts(rows, columns)));
    return contexts;
  }
}
