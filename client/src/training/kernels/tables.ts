import { dctOf } from '../optimizer/dct.js';

const known = new Map<number, Float32Array>();

/**
 * The DCT's tables as the kernel reads them: fold after fold, then the base. Of each square table four rows stand
 * interleaved, so that their weights of one input lie together; rows that fill no group of four follow one by one.
 */
export function dctTables(n: number): Float32Array {
  let tables = known.get(n);
  if (!tables) {
    const { folds, base } = dctOf(n);
    tables = Float32Array.from([...folds.map((f) => f.table), base].flatMap((table) => interleave(table)));
    known.set(n, tables);
  }
  return tables;
}

function interleave(table: Float32Array): number[] {
  const size = Math.round(Math.sqrt(table.length));
  const rows: number[] = [];
  let j = 0;
  for (; j + 4 <= size; j += 4) for (let i = 0; i < size; i++) for (let r = j; r < j + 4; r++) rows.push(table[r * size + i]);
  for (; j < size; j++) rows.push(...table.subarray(j * size, (j + 1) * size));
  return rows;
}
