import type { Chunk } from '../optimizer/chunks.js';

/** Chunks that lie side by side in one tensor, cut alike: what one call of a kernel works on. */
export interface Slab extends Chunk {
  /** Index of the first chunk, and of its first coefficient. */
  readonly first: number;
  readonly at: number;
  /** Index of the first chunk's first number where chunks stand one after another. */
  readonly from: number;
  readonly count: number;
}

/** Numbers of one slab at most, unless one chunk alone has more: bounds the kernels' memory whatever the model's size. */
const MOST_NUMBERS = 1 << 18;

const known = new WeakMap<readonly Chunk[], readonly Slab[]>();

/** The chunks of a plan in groups, computed once. */
export function slabsOf(chunks: readonly Chunk[]): readonly Slab[] {
  let slabs = known.get(chunks);
  if (!slabs) known.set(chunks, (slabs = group(chunks)));
  return slabs;
}

function group(chunks: readonly Chunk[]): Slab[] {
  const slabs: Slab[] = [];
  let at = 0;
  let from = 0;
  for (let first = 0; first < chunks.length; ) {
    const chunk = chunks[first];
    const area = chunk.rows * chunk.columns;
    const most = Math.max(1, Math.floor(MOST_NUMBERS / area));
    let count = 1;
    while (count < most && first + count < chunks.length && follows(chunks[first + count - 1], chunks[first + count])) count++;
    slabs.push({ ...chunk, first, at, from, count });
    first += count;
    at += count * chunk.k;
    from += count * area;
  }
  return slabs;
}

/** Whether `b` lies right beside `a` and is cut the same. */
function follows(a: Chunk, b: Chunk): boolean {
  return b.offset === a.offset + a.columns && b.rows === a.rows && b.columns === a.columns && b.k === a.k && b.stride === a.stride;
}
