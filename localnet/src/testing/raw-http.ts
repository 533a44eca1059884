import { connect, type Socket } from 'node:net';

export interface RawReply {
  readonly status: number;
  /** Headers as they came. */
  readonly head: string;
  readonly body: string;
}

/** A POST of HTTP/1.1, as bytes on the wire. */
export function post11(body: string, headers = ''): string {
  return `POST / HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

export function dial(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  return socket;
}

/** Sends bytes over a connection of their own and gives `count` replies, fewer if the other side ends it before. */
export function exchange(url: string, bytes: string | Uint8Array, count = 1): Promise<RawReply[]> {
  const socket = dial(url);
  socket.write(bytes);
  return replies(socket, count);
}

/** Reads `count` replies and ends the connection. */
export async function replies(socket: Socket, count = 1): Promise<RawReply[]> {
  const found: RawReply[] = [];
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    for (let reply; (reply = take(rest)); rest = reply.rest) {
      // An interim 100 Continue is no reply.
      if (reply.status !== 100) found.push(reply);
    }
    if (found.length >= count) break;
  }
  socket.destroy();
  return found;
}

function take(bytes: Buffer): (RawReply & { rest: Buffer }) | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = bytes.toString('latin1', 0, end);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  if (bytes.length < end + 4 + length) return null;
  const body = bytes.toString('utf8', end + 4, end + 4 + length);
  return { status: Number(head.slice(9, 12)), head, body, rest: bytes.subarray(end + 4 + length) };
}
