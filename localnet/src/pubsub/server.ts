import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import type { Bank } from '../ledger/bank.js';
import { type Clients, clientOf } from '../rpc/clients.js';
import { costOf } from '../rpc/costs.js';
import { call, errorReply, parse } from '../rpc/dispatch.js';
import { invalidParams, RpcCode, RpcError } from '../rpc/errors.js';
import { Budget } from '../rpc/limits.js';
import { Params } from '../rpc/params.js';
import { tooManyRequests } from '../rpc/server.js';
import { PUBSUB_LIMITS, type PubSubLimits } from './limits.js';
import { Notifier } from './notifier.js';
import { subscribeMethods } from './parse.js';
import type { TopicKind } from './subscription.js';

/** How long the others may take to answer that the connection ends. */
const CLOSE_MS = 1_000;
const GOING_AWAY = 1001;

export interface PubSubOptions {
  log?: (line: string) => void;
  limits?: Partial<PubSubLimits>;
  /** Limits of each client; without it there are none. */
  clients?: Clients | null;
}

/** One connection. */
interface Session {
  readonly socket: WebSocket;
  readonly client: string | null;
  readonly subscriptions: Map<number, TopicKind>;
  /** Bytes that were sent and not taken yet. */
  unread: number;
  alive: boolean;
}

/** Solana's PubSub service over WebSocket. */
export class PubSub {
  readonly limits: PubSubLimits;
  readonly #server: WebSocketServer;
  readonly #notifier: Notifier;
  readonly #sessions = new Set<Session>();
  readonly #clients: Clients | null;
  readonly #unread: Budget;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #log: (line: string) => void;
  #closing = false;

  constructor(bank: Bank, options: PubSubOptions = {}) {
    this.limits = { ...PUBSUB_LIMITS, ...options.limits };
    this.#server = new WebSocketServer({
      noServer: true, clientTracking: false, maxPayload: this.limits.messageBytes, maxFragments: 64, maxBufferedChunks: 4_096,
    });
    this.#notifier = new Notifier(bank);
    this.#clients = options.clients ?? null;
    this.#unread = new Budget(this.limits.allUnreadBytes);
    this.#log = options.log ?? (() => {});
    this.#heartbeat = setInterval(() => this.#ping(), this.limits.heartbeatMs).unref();
  }

  /** Takes over an HTTP connection that asks for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    if (this.#closing || this.#sessions.size >= this.limits.sockets) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n', () => socket.destroy());
      return;
    }
    const client = clientOf(request);
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket, client));
  }

  get connections(): number {
    return this.#sessions.size;
  }

  get subscriptions(): number {
    return this.#notifier.size;
  }

  /** Bytes that were sent and not taken yet. */
  get unreadBytes(): number {
    return this.#unread.used;
  }

  /** Tells everyone that this ends, and ends it, with or without their answer. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#heartbeat);
    this.#notifier.close();
    const patience = setTimeout(() => this.#sessions.forEach(({ socket }) => socket.terminate()), CLOSE_MS);
    await Promise.all([...this.#sessions].map(({ socket }) => new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      socket.close(GOING_AWAY, 'the validator is stopping');
    })));
    clearTimeout(patience);
    this.#server.close();
  }

  #open(socket: WebSocket, client: string | null): void {
    const session: Session = { socket, client, subscriptions: new Map(), unread: 0, alive: true };
    this.#sessions.add(session);
    socket.on('pong', () => (session.alive = true));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      this.#sessions.delete(session);
      this.#unread.give(session.unread);
      for (const [id, kind] of session.subscriptions) this.#notifier.remove(kind, id);
    });
    socket.on('message', (data, isBinary) => {
      session.alive = true;
      const reply = isBinary ? errorReply(null, new RpcError(RpcCode.invalidRequest, 'Invalid request: send text')) : this.#answer(session, data);
      if (reply !== null) this.#send(session, reply);
    });
  }

  #answer(session: Session, data: RawData): string | null {
    const request = parse(data.toString());
    if (request === undefined) return errorReply(null, new RpcError(RpcCode.parse, 'Parse error'));
    const { method } = (request ?? {}) as { method?: unknown };
    // web3.js keeps its connection open with these.
    if (method === 'ping') return null;
    const wait = this.#clients?.wait(session.client) ?? 0;
    this.#clients?.charge(session.client, costOf(method));
    return call(request, (name, params) => {
      if (wait > 0) throw tooManyRequests(wait);
      return this.#run(session, name, new Params(params));
    }, this.#log);
  }

  #run(session: Session, method: string, params: Params): unknown {
    const { subscriptions } = session;
    const [, kind, un] = /^(account|program|logs|signature|slot|root)(Un)?[sS]ubscribe$/.exec(method) ?? [];
    if (!kind) throw new RpcError(RpcCode.methodNotFound, 'Method not found');
    if (un) {
      const id = params.integer(0);
      if (subscriptions.get(id) !== kind) throw invalidParams('Invalid subscription id.');
      subscriptions.delete(id);
      return this.#notifier.remove(kind as TopicKind, id);
    }
    const parseTopic = Object.hasOwn(subscribeMethods, method) ? subscribeMethods[method] : undefined;
    if (!parseTopic) throw new RpcError(RpcCode.methodNotFound, 'Method not found');
    const { subscriptions: all, subscriptionsPerSocket } = this.limits;
    if (subscriptions.size >= subscriptionsPerSocket) {
      throw new RpcError(RpcCode.invalidRequest, `Too many subscriptions: ${subscriptionsPerSocket} on one connection at most; unsubscribe some`);
    }
    if (this.#notifier.size >= all) throw new RpcError(RpcCode.nodeUnhealthy, `Too many subscriptions: ${all} of all clients together; try again later`);
    const { topic, commitment } = parseTopic(params);
    const id = this.#notifier.add({
      topic, commitment, send: (json) => this.#send(session, json), ended: () => subscriptions.delete(id),
    });
    subscriptions.set(id, topic.kind);
    return id;
  }

  #send(session: Session, text: string): void {
    const { socket } = session;
    if (socket.readyState !== WebSocket.OPEN) return;
    const { slowBytes, unreadBytes } = this.limits;
    if (session.unread > unreadBytes || (session.unread > slowBytes && this.#unread.exhausted)) {
      this.#log('a WebSocket reader fell too far behind and was cut off');
      socket.terminate();
      return;
    }
    session.unread += text.length;
    this.#unread.take(text.length);
    socket.send(text, () => {
      // A connection that has ended has given all of it back.
      if (!this.#sessions.has(session)) return;
      session.unread -= text.length;
      this.#unread.give(text.length);
    });
  }

  #ping(): void {
    for (const session of this.#sessions) {
      const { socket } = session;
      if (!session.alive) socket.terminate();
      else if (socket.readyState === WebSocket.OPEN) socket.ping();
      session.alive = false;
    }
  }
}
