import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { RpcContext } from './context.js';
import { answer, errorReply } from './dispatch.js';
import { RpcCode, RpcError } from './errors.js';

/** No request of Solana's clients comes near this; Agave itself takes 50 kB. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** Browsers may ask, as they may of solana-test-validator. */
const CORS = {
  'access-control-allow-origin': '*', 'access-control-allow-methods': 'POST, GET, OPTIONS',
  'access-control-allow-headers': 'content-type, solana-client',
};

/** Solana's JSON-RPC over HTTP POST; `GET /health` says `ok`. */
export function createRpcServer(context: RpcContext, log: (line: string) => void): Server {
  const server = createServer((request, response) => {
    handle(context, request, response, log).catch((error: unknown) => {
      log(`a request failed: ${error instanceof Error ? error.stack : String(error)}`);
      response.destroy();
    });
  });
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 60_000;
  // A client that goes away or speaks no HTTP is no error of ours.
  server.on('clientError', (_, socket) => socket.destroy());
  return server;
}

async function handle(context: RpcContext, request: IncomingMessage, response: ServerResponse, log: (line: string) => void): Promise<void> {
  const reply = (status: number, text: string, type = 'text/plain'): void => {
    if (response.destroyed) return;
    response.writeHead(status, { ...CORS, 'content-type': type, 'content-length': Buffer.byteLength(text) });
    response.end(text);
  };
  request.on('error', () => response.destroy());
  response.on('error', () => response.destroy());
  if (request.method === 'OPTIONS') return reply(204, '');
  if (request.method === 'GET' && request.url === '/health') return reply(200, 'ok');
  if (request.method !== 'POST') return reply(405, 'Used HTTP Method is not allowed. POST or OPTIONS is required\n');
  const body = await read(request);
  if (body === null) {
    const error = new RpcError(RpcCode.invalidRequest, `Invalid request: its body is above ${MAX_BODY_BYTES} bytes`);
    response.setHeader('connection', 'close');
    response.on('finish', () => request.destroy());
    return reply(413, errorReply(null, error), 'application/json');
  }
  const text = await answer(context, body, log);
  if (text === null) return reply(204, '');
  reply(200, text, 'application/json; charset=utf-8');
}

/** The body, or `null` if it is too large: then the rest of it is thrown away as it comes. */
function read(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else resolve(null);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
  });
}
