// What JavaScript calls. Memory is the caller's: pointers into it, laid out from `heapBase()` upwards.
export { decodeChunks, encodeChunks } from './codec';
export { extractChunks } from './extract';
export { voteChunks } from './vote';
export { voteWideChunks } from './wide';
export { beginDecoding, beginEncoding, canonical, codedBuffer, codedBufferBytes, finishEncoding } from './range-coder';

export function heapBase(): usize {
  return __heap_base;
}
