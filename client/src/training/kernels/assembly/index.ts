// What JavaScript calls. Memory is the caller's: pointers into it, laid out from `heapBase()` upwards.
export { extractChunks } from './extract';

export function heapBase(): usize {
  return __heap_base;
}
