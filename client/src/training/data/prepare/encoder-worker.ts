import { parentPort, workerData } from 'node:worker_threads';
import { HuggingFaceTokenizer } from '../../tokenizer/hugging-face.js';

/** Encodes texts on a thread of its own: `string[]` in, tokens and how many each text has out. */
const { bytes, endOfText } = workerData as { bytes: Uint8Array; endOfText: number | null };
const tokenizer = HuggingFaceTokenizer.parse(bytes, endOfText);

parentPort!.on('message', (texts: string[]) => {
  const parts = texts.map((text) => tokenizer.encode(text));
  const lengths = parts.map((part) => part.length);
  const tokens = new Int32Array(lengths.reduce((a, b) => a + b, 0));
  let at = 0;
  for (const part of parts) {
    tokens.set(part, at);
    at += part.length;
  }
  parentPort!.postMessage({ tokens, lengths }, [tokens.buffer]);
});
