import WebSocket from 'ws';

/** What can be subscribed to, named as in Solana's PubSub: `account` is `accountSubscribe`, and so on. */
export type PubSubKind = 'account' | 'signature' | 'slot' | 'logs' | 'program';

/** A subscription in hand. */
export interface Subscribed {
  /** Whether the node has accepted it and notifications can be expected now. */
  readonly active: boolean;
  end(): void;
}

interface Subscription {
  id: number;
  kind: PubSubKind;
  params: unknown[];
  notify: (result: unknown) => void;
  /** The node's number for it, once it answered. */
  remote?: number;
}

/** Run accounts of 40 kB are 54 kB in base64; nothing subscribed to here comes near this. */
const MAX_MESSAGE_BYTES = 1 << 20;
const HEARTBEAT_MS = 10_000;
const IDLE_MS = 500;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 10_000;

/**
 * One WebSocket to a Solana node that keeps its subscriptions through disconnections: it reconnects with back-off,
 * subscribes again, and drops links that answer no ping. It never throws and never prints: whoever needs certainty polls as
 * well, and may ask a subscription whether it is active. Opened by the first subscription, closed soon after the last.
 */
export class PubSub {
  readonly #url: string;
  readonly #subscriptions = new Map<number, Subscription>();
  #socket: WebSocket | undefined;
  #nextId = 1;
  #retryMs = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #heard = true;
  #closed = false;

  constructor(url: string) {
    this.#url = url;
  }

  get #connected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  subscribe(kind: PubSubKind, params: unknown[], notify: (result: unknown) => void): Subscribed {
    const subscription: Subscription = { id: this.#nextId++, kind, params, notify };
    this.#subscriptions.set(subscription.id, subscription);
    clearTimeout(this.#idle);
    if (this.#connected) this.#request(subscription.id, `${kind}Subscribe`, params);
    else this.#open();
    return {
      get active() {
        return subscription.remote !== undefined;
      },
      end: () => this.#unsubscribe(subscription),
    };
  }

  close(): void {
    this.#closed = true;
    this.#subscriptions.clear();
    this.#disconnect();
  }

  #unsubscribe(subscription: Subscription): void {
    if (!this.#subscriptions.delete(subscription.id)) return;
    if (subscription.remote !== undefined) {
      this.#request(this.#nextId++, `${subscription.kind}Unsubscribe`, [subscription.remote]);
    }
    if (this.#subscriptions.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#disconnect(), IDLE_MS);
    this.#idle.unref();
  }

  #open(): void {
    if (this.#socket || this.#retry || this.#closed) return;
    const socket = new WebSocket(this.#url, { maxPayload: MAX_MESSAGE_BYTES, handshakeTimeout: HEARTBEAT_MS });
    this.#socket = socket;
    socket.on('open', () => {
      this.#retryMs = FIRST_RETRY_MS;
      this.#heard = true;
      this.#heartbeat = setInterval(() => this.#beat(socket), HEARTBEAT_MS);
      for (const s of this.#subscriptions.values()) this.#request(s.id, `${s.kind}Subscribe`, s.params);
    });
    socket.on('pong', () => (this.#heard = true));
    socket.on('message', (data) => this.#receive(String(data)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#lost(socket));
  }

  #beat(socket: WebSocket): void {
    if (!this.#heard) return socket.terminate();
    this.#heard = false;
    socket.ping();
  }

  #lost(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    clearInterval(this.#heartbeat);
    for (const s of this.#subscriptions.values()) s.remote = undefined;
    if (this.#closed || this.#subscriptions.size === 0) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#open();
    }, this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
  }

  #disconnect(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#idle);
    clearInterval(this.#heartbeat);
    this.#retry = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
  }

  #request(id: number, method: string, params: unknown[]): void {
    if (this.#connected) this.#socket?.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  }

  #receive(text: string): void {
    this.#heard = true;
    let message: { id?: unknown; result?: unknown; method?: unknown; params?: { subscription?: unknown; result?: unknown } };
    try {
      message = JSON.parse(text) as typeof message;
    } catch {
      return;
    }
    if (typeof message?.id === 'number' && typeof message.result === 'number') {
      const subscription = this.#subscriptions.get(message.id);
      if (subscription) subscription.remote = message.result;
      return;
    }
    if (typeof message?.method !== 'string' || !message.params) return;
    const kind = message.method.replace('Notification', '');
    for (const s of this.#subscriptions.values()) {
      if (s.remote === message.params.subscription && s.kind === kind) return s.notify(message.params.result);
    }
  }
}
