import { coefficientCount, type CompressionPlan } from './chunks.js';
import type { Coefficients } from './compress.js';

/** Whether every coefficient is sent, at 16 bits: a whole gradient, as averaged ones are. */
export function isDense({ chunks, bits }: CompressionPlan): boolean {
  return bits === 16 && chunks.every(({ rows, columns, k }) => k === rows * columns);
}

/** Bytes of a dense plan's coded part, always the same. */
export function denseBytes({ chunks }: CompressionPlan): number {
  return chunks.length + 2 * coefficientCount(chunks);
}

/**
 * A whole gradient: all exponents, one byte each, then all values, two bytes each. Sixteen bits of a number that is as
 * good as random leave an entropy coder an eighth to save at a hundred times the work.
 */
export function encodeDense(plan: CompressionPlan, { values, exponents }: Coefficients): Uint8Array {
  const body = new Uint8Array(denseBytes(plan));
  body.set(new Uint8Array(exponents!.buffer, exponents!.byteOffset, exponents!.length));
  body.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), exponents!.length);
  return body;
}

/** The inverse; undefined where the encoder makes no such bytes of anything. */
export function decodeDense(plan: CompressionPlan, body: Uint8Array): Coefficients | undefined {
  if (body.length !== denseBytes(plan)) return undefined;
  const { chunks } = plan;
  const exponents = new Int8Array(body.slice(0, chunks.length).buffer);
  const values = new Int16Array(body.slice(chunks.length).buffer);
  // Magnitudes have 15 bits: −32,768 is no value.
  if (values.includes(-32_768)) return undefined;
  const positions = new Uint16Array(values.length);
  let at = 0;
  for (const { k } of chunks) for (let i = 0; i < k; i++) positions[at++] = i;
  return { positions, values, exponents };
}
