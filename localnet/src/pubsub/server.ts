import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import type { Bank } from '../ledger/bank.js';
import { call, errorReply } from '../rpc/dispatch.js';
import { invalidParams, RpcCode, RpcError } from '../rpc/errors.js';
import { Params } from '../rpc/params.js';
import { Notifier } from './notifier.js';
import { subscribeMethods } from './parse.js';
import type { TopicKind } from './subscription.js';

const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_SOCKETS = 4_096;
const MAX_SUBSCRIPTIONS_PER_SOCKET = 1_000;
/** A reader that is so many bytes behind is cut off: it could only grow. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;
const HEARTBEAT_MS = 30_000;

/** Solana's PubSub service over WebSocket. */
export class PubSub {
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, clientTracking: true });
  readonly #notifier: Notifier;
  readonly #alive = new WeakSet<WebSocket>();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #log: (line: string) => void;

  constructor(bank: Bank, log: (line: string) => void) {
    this.#notifier = new Notifier(bank);
    this.#log = log;
    this.#heartbeat = setInterval(() => this.#ping(), HEARTBEAT_MS).unref();
  }

  /** Takes over an HTTP connection that asks for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    if (this.#sockets.clients.size >= MAX_SOCKETS) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket));
  }

  get connections(): number {
    return this.#sockets.clients.size;
  }

  get subscriptions(): number {
    return this.#notifier.size;
  }

  close(): void {
    clearInterval(this.#heartbeat);
    this.#notifier.close();
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
  }

  #open(socket: WebSocket): void {
    const own = new Map<number, TopicKind>();
    this.#alive.add(socket);
    socket.on('pong', () => this.#alive.add(socket));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      for (const [id, kind] of own) this.#notifier.remove(kind, id);
    });
    socket.on('message', (data, isBinary) => {
      this.#alive.add(socket);
      const reply = isBinary ? errorReply(null, new RpcError(RpcCode.invalidRequest, 'Invalid request: send text')) : this.#answer(socket, own, data);
      if (reply !== null) this.#send(socket, reply);
    });
  }

  #answer(socket: WebSocket, own: Map<number, TopicKind>, data: RawData): string | null {
    let request: unknown;
    try {
      request = JSON.parse(data.toString());
    } catch {
      return errorReply(null, new RpcError(RpcCode.parse, 'Parse error'));
    }
    // web3.js keeps its connection open with these.
    if ((request as { method?: unknown } | null)?.method === 'ping') return null;
    return call(request, (method, params) => this.#run(socket, own, method, new Params(params)), this.#log);
  }

  #run(socket: WebSocket, own: Map<number, TopicKind>, method: string, params: Params): unknown {
    const [, kind, un] = /^(account|program|logs|signature|slot|root)(Un)?[sS]ubscribe$/.exec(method) ?? [];
    if (!kind) throw new RpcError(RpcCode.methodNotFound, 'Method not found');
    if (un) {
      const id = params.integer(0);
      if (own.get(id) !== kind) throw invalidParams('Invalid subscription id.');
      own.delete(id);
      return this.#notifier.remove(kind as TopicKind, id);
    }
    const parse = Object.hasOwn(subscribeMethods, method) ? subscribeMethods[method] : undefined;
    if (!parse) throw new RpcError(RpcCode.methodNotFound, 'Method not found');
    if (own.size >= MAX_SUBSCRIPTIONS_PER_SOCKET) {
      throw new RpcError(RpcCode.invalidRequest, `Too many subscriptions: ${MAX_SUBSCRIPTIONS_PER_SOCKET} on one connection at most; unsubscribe some`);
    }
    const { topic, commitment } = parse(params);
    const id = this.#notifier.add({
      topic, commitment, send: (json) => this.#send(socket, json), ended: () => own.delete(id),
    });
    own.set(id, topic.kind);
    return id;
  }

  #send(socket: WebSocket, text: string): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      this.#log('a WebSocket reader fell too far behind and was cut off');
      socket.terminate();
      return;
    }
    socket.send(text);
  }

  #ping(): void {
    for (const socket of this.#sockets.clients) {
      if (!this.#alive.delete(socket)) socket.terminate();
      else if (socket.readyState === WebSocket.OPEN) socket.ping();
    }
  }
}
