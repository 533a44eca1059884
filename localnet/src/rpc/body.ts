import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Budget, RpcLimits } from './limits.js';

/** A request's body, or why there is none. With `endless` there is more to come that nobody will read. */
export type Body =
  | { readonly text: string }
  | { readonly refused: 'too large' | 'busy' | 'no UTF-8'; readonly endless: boolean }
  | null;

/**
 * Reads a body of at most `bodyBytes`, taken from `budget` while it is read. Of a larger one the rest is thrown away as it
 * comes, up to `drainBytes`: a refusal on a connection that is closed while its client still writes never reaches it.
 * `null` if the client went away.
 */
export function readBody(request: IncomingMessage, budget: Budget, limits: RpcLimits): Promise<Body> {
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0);
    let size = 0;
    let refused: 'too large' | 'busy' | null = null;

    const settle = (body: Body): void => {
      budget.give(bytes.length);
      bytes = Buffer.alloc(0);
      resolve(body);
    };
    const refuse = (why: 'too large' | 'busy'): void => {
      refused ??= why;
      budget.give(bytes.length);
      bytes = Buffer.alloc(0);
      if (size > limits.drainBytes) settle({ refused, endless: true });
    };
    const onData = (chunk: Buffer): void => {
      const from = size;
      size += chunk.length;
      if (refused || size > limits.bodyBytes) return refuse('too large');
      if (size > bytes.length) {
        if (budget.exhausted) return refuse('busy');
        const room = from === 0 ? chunk : grown(bytes, size, limits.bodyBytes);
        budget.take(room.length - bytes.length);
        bytes = room;
      }
      if (from > 0) bytes.set(chunk, from);
    };

    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > limits.drainBytes) return resolve({ refused: 'too large', endless: true });
    if (declared > limits.bodyBytes) refused = 'too large';
    request.on('data', onData);
    request.on('end', () => {
      if (refused) return settle({ refused, endless: false });
      const whole = bytes.subarray(0, size);
      settle(isUtf8(whole) ? { text: whole.toString('utf8') } : { refused: 'no UTF-8', endless: false });
    });
    request.on('close', () => settle(null));
  });
}

/** A buffer with at least `size` bytes of room: many small chunks would take more memory than what is in them. */
function grown(bytes: Buffer, size: number, limit: number): Buffer {
  const room = Buffer.allocUnsafeSlow(Math.min(limit, Math.max(2 * size, 4_096)));
  room.set(bytes);
  return room;
}
