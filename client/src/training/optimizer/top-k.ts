/** Writes the positions of the largest magnitudes into `chosen`, ascending; of equals the lower position is taken. */
export function largest(values: Float32Array, chosen: Uint16Array): void {
  const k = chosen.length;
  if (k === values.length) {
    for (let i = 0; i < k; i++) chosen[i] = i;
    return;
  }
  // A heap of the k best so far with the worst on top; a later equal never displaces an earlier one.
  const heap = new Float64Array(k);
  for (let i = 0; i < k; i++) {
    heap[i] = Math.abs(values[i]);
    chosen[i] = i;
  }
  for (let i = (k >> 1) - 1; i >= 0; i--) sink(heap, chosen, i, k);
  for (let i = k; i < values.length; i++) {
    const magnitude = Math.abs(values[i]);
    if (magnitude <= heap[0]) continue;
    heap[0] = magnitude;
    chosen[0] = i;
    sink(heap, chosen, 0, k);
  }
  chosen.sort();
}

/** Restores the heap below `at`; of equal magnitudes the higher position counts as the worse one. */
function sink(heap: Float64Array, chosen: Uint16Array, at: number, length: number): void {
  const magnitude = heap[at];
  const position = chosen[at];
  for (;;) {
    let child = 2 * at + 1;
    if (child >= length) break;
    const right = child + 1;
    if (right < length && worse(heap[right], chosen[right], heap[child], chosen[child])) child = right;
    if (!worse(heap[child], chosen[child], magnitude, position)) break;
    heap[at] = heap[child];
    chosen[at] = chosen[child];
    at = child;
  }
  heap[at] = magnitude;
  chosen[at] = position;
}

function worse(a: number, positionA: number, b: number, positionB: number): boolean {
  return a < b || (a === b && positionA > positionB);
}
