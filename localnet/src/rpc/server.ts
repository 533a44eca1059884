import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { readBody } from './body.js';
import { type Clients, clientKey, clientOf } from './clients.js';
import type { RpcContext } from './context.js';
import { costOfBody } from './costs.js';
import { Dispatcher, errorReply, STOPPING } from './dispatch.js';
import { RpcCode, RpcError } from './errors.js';
import { Budget, RPC_LIMITS, type RpcLimits } from './limits.js';

const JSON_TYPE = 'application/json; charset=utf-8';
/** Browsers may ask, as they may of solana-test-validator. */
const CORS = { 'access-control-allow-origin': '*' };
const PREFLIGHT = {
  ...CORS, 'access-control-allow-methods': 'POST, GET, OPTIONS', 'access-control-allow-headers': '*', 'access-control-max-age': '86400',
};
/** A reader may take `replyMs` for each so many bytes; while it has more to read, it is given no more. */
const REPLY_UNIT_BYTES = 4 * 1024 * 1024;

export interface RpcServiceOptions {
  log?: (line: string) => void;
  limits?: Partial<RpcLimits>;
  /** Limits of each client; without it there are none. */
  clients?: Clients | null;
}

/** What a connection has under way: it gives that back when it ends. */
interface Connection {
  requests: number;
  /** Bytes of answers that it has not taken yet. */
  unread: number;
  readonly timers: Set<NodeJS.Timeout>;
  /** Its requests are answered one after the other, each when the answers before are mostly taken. */
  turn: Promise<unknown>;
  onTaken: () => void;
}

interface Refusal {
  readonly status: number;
  readonly error: RpcError;
  /** Seconds after which to come again. */
  readonly retryAfter?: number;
}

/** Solana's JSON-RPC over HTTP POST; `GET /health` says `ok`. Its servers share one memory budget. */
export class RpcService {
  readonly limits: RpcLimits;
  readonly #context: RpcContext;
  readonly #log: (line: string) => void;
  readonly #clients: Clients | null;
  readonly #dispatcher: Dispatcher;
  readonly #bodies: Budget;
  readonly #replies: Budget;
  readonly #connections = new WeakMap<Socket, Connection>();
  #requests = 0;
  #stopping = false;
  #onIdle = (): void => {};

  constructor(context: RpcContext, options: RpcServiceOptions = {}) {
    this.limits = { ...RPC_LIMITS, ...options.limits };
    this.#context = context;
    this.#log = options.log ?? (() => {});
    this.#clients = options.clients ?? null;
    this.#dispatcher = new Dispatcher(context, this.#log, this.limits.batchReplyBytes);
    this.#bodies = new Budget(this.limits.allBodiesBytes);
    this.#replies = new Budget(this.limits.allRepliesBytes);
  }

  createServer(): Server {
    const { connections, headersMs, idleMs, requestMs } = this.limits;
    const server = createServer({
      headersTimeout: headersMs, requestTimeout: requestMs, keepAliveTimeout: idleMs,
      connectionsCheckingInterval: Math.min(headersMs, requestMs, 5_000),
      // Notices peers that vanished.
      keepAlive: true, keepAliveInitialDelay: 30_000,
    });
    server.maxConnections = connections;
    server.on('connection', (socket) => this.#connected(socket));
    server.on('request', (request, response) => this.#take(request, response, false));
    server.on('checkContinue', (request, response) => this.#take(request, response, true));
    // Whoever goes away or speaks no HTTP is answered by Node with a 400, 408 or 431, and cut off.
    return server;
  }

  /** Refuses every call from now on; done when those under way have been answered. */
  stop(): Promise<void> {
    this.#stopping = true;
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#ended(0);
    });
  }

  /** Bytes of bodies and of answers that are in memory. */
  get buffered(): { bodies: number; replies: number } {
    return { bodies: this.#bodies.used, replies: this.#replies.used };
  }

  #connected(socket: Socket): void {
    const key = clientKey(socket.remoteAddress);
    if (this.#clients && !this.#clients.connected(key)) {
      socket.destroy();
      return;
    }
    const connection: Connection = { requests: 0, unread: 0, timers: new Set(), turn: Promise.resolve(), onTaken: () => {} };
    this.#connections.set(socket, connection);
    socket.once('close', () => {
      this.#clients?.disconnected(key);
      this.#connections.delete(socket);
      this.#replies.give(connection.unread);
      for (const timer of connection.timers) clearTimeout(timer);
      connection.onTaken();
      this.#ended(connection.requests);
    });
  }

  #ended(requests: number): void {
    this.#requests -= requests;
    if (this.#requests === 0) this.#onIdle();
  }

  #take(request: IncomingMessage, response: ServerResponse, mayContinue: boolean): void {
    const connection = this.#connections.get(request.socket);
    if (!connection) return;
    this.#requests += 1;
    connection.requests += 1;
    response.once('finish', () => {
      // Where the connection has ended, all of its requests have.
      if (!this.#connections.has(request.socket)) return;
      connection.requests -= 1;
      this.#ended(1);
    });
    request.on('error', () => response.destroy());
    response.on('error', () => response.destroy());
    this.#handle(request, response, mayContinue).catch((error: unknown) => {
      this.#log(`a request failed: ${error instanceof Error ? error.stack : String(error)}`);
      response.destroy();
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse, mayContinue: boolean): Promise<void> {
    const plain = (status: number, text: string, headers: object = CORS): void => {
      this.#reply(response, status, text, { ...headers, 'content-type': 'text/plain' });
    };
    if (request.method === 'OPTIONS') return plain(204, '', PREFLIGHT);
    if (request.method === 'GET' && request.url === '/health') return plain(200, 'ok');
    if (request.method !== 'POST') return plain(405, 'Used HTTP Method is not allowed. POST or OPTIONS is required\n');
    if (!/^application\/json *(;|$)/i.test(request.headers['content-type'] ?? '')) {
      return plain(415, 'Supplied content type is not allowed. Content-Type: application/json is required\n');
    }
    const client = clientOf(request);
    const refusal = this.#refusal(client) ?? (mayContinue ? this.#tooLarge(request) : null);
    // Nobody sends a body after this, where the client waits for the word to continue.
    if (refusal) return this.#refuse(response, refusal, mayContinue);
    if (mayContinue) response.writeContinue();
    const body = await readBody(request, this.#bodies, this.limits);
    if (body === null) return;
    if ('refused' in body) {
      const reasons = {
        'too large': this.#bodyTooLarge,
        'no UTF-8': { status: 400, error: new RpcError(RpcCode.parse, 'Parse error: the body is not UTF-8') },
        busy: { status: 503, error: BUSY, retryAfter: 1 },
      };
      return this.#refuse(response, reasons[body.refused], body.endless);
    }
    await this.#answer(body.text, client, request, response);
  }

  async #answer(body: string, client: string | null, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    const connection = this.#connections.get(socket);
    if (!connection) return;
    this.#clients?.charge(client, costOfBody(body.length));
    this.#bodies.take(body.length);
    const turn = connection.turn.then(async () => {
      if (connection.unread > REPLY_UNIT_BYTES) await new Promise<void>((resolve) => (connection.onTaken = resolve));
      if (socket.destroyed) return;
      const text = await this.#dispatcher.answer(body, {
        charge: (calls) => this.#clients?.charge(client, calls),
        stopped: () => this.#stopping || socket.destroyed,
      });
      if (text === null) this.#reply(response, 204, '', CORS);
      else this.#reply(response, 200, text, { ...CORS, 'content-type': JSON_TYPE });
    }).finally(() => this.#bodies.give(body.length));
    connection.turn = turn.catch(() => {});
    await turn;
  }

  /** Why no request is taken from a client now. */
  #refusal(client: string | null): Refusal | null {
    if (this.#stopping) return { status: 503, error: STOPPING };
    const wait = this.#clients?.wait(client) ?? 0;
    if (wait > 0) return { status: 429, error: tooManyRequests(wait), retryAfter: wait };
    return this.#replies.exhausted ? { status: 503, error: BUSY, retryAfter: 1 } : null;
  }

  #tooLarge({ headers }: IncomingMessage): Refusal | null {
    return Number(headers['content-length'] ?? 0) > this.limits.bodyBytes ? this.#bodyTooLarge : null;
  }

  get #bodyTooLarge(): Refusal {
    return { status: 413, error: new RpcError(RpcCode.invalidRequest, `Invalid request: its body is above ${this.limits.bodyBytes} bytes`) };
  }

  #refuse(response: ServerResponse, { error, retryAfter, status }: Refusal, close: boolean): void {
    const headers = { ...CORS, 'content-type': JSON_TYPE, ...(retryAfter && { 'retry-after': String(retryAfter) }) };
    this.#reply(response, status, errorReply(null, error), close ? { ...headers, connection: 'close' } : headers);
  }

  #reply(response: ServerResponse, status: number, text: string, headers: object): void {
    const { socket } = response.req;
    const connection = this.#connections.get(socket);
    if (response.destroyed || !connection) return;
    const body = Buffer.from(text);
    const closing = this.#stopping ? { connection: 'close' } : {};
    response.writeHead(status, { ...headers, ...closing, 'content-length': body.length });
    connection.unread += body.length;
    this.#replies.take(body.length);
    const slow = setTimeout(() => {
      this.#log('an HTTP reader did not take its answer in time and was cut off');
      socket.destroy();
    }, this.limits.replyMs * Math.ceil((body.length + 1) / REPLY_UNIT_BYTES));
    connection.timers.add(slow);
    response.once('finish', () => {
      clearTimeout(slow);
      connection.timers.delete(slow);
      if (!this.#connections.has(socket)) return;
      connection.unread -= body.length;
      this.#replies.give(body.length);
      if (connection.unread <= REPLY_UNIT_BYTES) connection.onTaken();
    });
    response.end(body);
  }
}

const BUSY = new RpcError(RpcCode.nodeUnhealthy, 'Node is busy: others have not taken their answers yet; try again');

export function tooManyRequests(seconds: number): RpcError {
  return new RpcError(RpcCode.tooManyRequests, `Too many requests from your address: wait ${seconds} s`);
}
