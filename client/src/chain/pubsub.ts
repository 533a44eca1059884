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
const HEARTBEAT_MS = 5_000;
/** Slots are 400 ms apart: whoever subscribed to them and has not heard one for so long hears nothing any more. */
const SILENT_MS = 2_500;
/** After so many times that silence the link is dropped. */
const STUCK_SILENCES = 6;
const IDLE_MS = 500;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

export interface PubSubOptions {
  /** How often a link proves that it is alive; one that does not by the next time is dropped. Milliseconds, default 5,000. */
  heartbeatMs?: number;
  /** Silence after which a subscriber to slots is taken to hear nothing any more, milliseconds. Default 2,500. */
  silentMs?: number;
}

/**
 * One WebSocket to a Solana node that keeps its subscriptions through disconnections: it reconnects with back-off, to the
 * next node of the list where there are several, subscribes again, and drops links that answer no ping, bring no new slots,
 * or lead to a node that the list does not have any more. It never throws and never prints: whoever needs certainty polls as
 * well, and may ask a subscription whether it is active. Opened by the first subscription, closed soon after the last.
 */
export class PubSub {
  readonly #urls: () => readonly string[];
  readonly #heartbeatMs: number;
  readonly #silentMs: number;
  readonly #subscriptions = new Map<number, Subscription>();
  #socket: WebSocket | undefined;
  #nextId = 1;
  /** Kinds of subscriptions that ended before the node had answered with its number for them. */
  readonly #orphans = new Map<number, PubSubKind>();
  /** Connections in a row that brought nothing, and where to. */
  #failures = 0;
  readonly #tried = new Set<string>();
  #retry: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #heard = true;
  /** When the link last brought a new slot, which one, and where it leads. */
  #heardAt = -Infinity;
  #slot = -1;
  #url = '';
  #closed = false;

  /** @param urls of nodes of one cluster in order of preference, at least one; asked for at each connection and heartbeat. */
  constructor(urls: string | (() => readonly string[]), { heartbeatMs = HEARTBEAT_MS, silentMs = SILENT_MS }: PubSubOptions = {}) {
    this.#urls = typeof urls === 'string' ? () => [urls] : urls;
    this.#heartbeatMs = heartbeatMs;
    this.#silentMs = silentMs;
  }

  get #connected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Whether what should be heard by now was heard. */
  get #alive(): boolean {
    const slots = [...this.#subscriptions.values()].some((s) => s.kind === 'slot' && s.remote !== undefined);
    return !slots || performance.now() - this.#heardAt < this.#silentMs;
  }

  subscribe(kind: PubSubKind, params: unknown[], notify: (result: unknown) => void): Subscribed {
    const subscription: Subscription = { id: this.#nextId++, kind, params, notify };
    this.#subscriptions.set(subscription.id, subscription);
    clearTimeout(this.#idle);
    if (this.#connected) this.#request(subscription.id, `${kind}Subscribe`, params);
    else this.#open();
    const isActive = (): boolean => subscription.remote !== undefined && this.#alive;
    return {
      get active() {
        return isActive();
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
    } else if (this.#connected) this.#orphans.set(subscription.id, subscription.kind);
    if (this.#subscriptions.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#disconnect(), IDLE_MS);
    this.#idle.unref();
  }

  #open(): void {
    if (this.#socket || this.#retry || this.#closed) return;
    const socket = new WebSocket((this.#url = this.#nextUrl()), { maxPayload: MAX_MESSAGE_BYTES, handshakeTimeout: 2 * this.#heartbeatMs });
    this.#socket = socket;
    socket.on('open', () => {
      this.#heard = true;
      this.#slot = -1;
      // What came while this process was busy elsewhere is read before it is judged.
      this.#heartbeat = setInterval(() => setImmediate(() => this.#beat(socket)), this.#heartbeatMs);
      for (const s of this.#subscriptions.values()) this.#request(s.id, `${s.kind}Subscribe`, s.params);
    });
    socket.on('pong', () => (this.#heard = true));
    socket.on('message', (data) => this.#receive(String(data)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#lost(socket));
  }

  /** The best that was not tried since one was of use. */
  #nextUrl(): string {
    const urls = this.#urls();
    if (urls.every((url) => this.#tried.has(url))) this.#tried.clear();
    const next = urls.find((url) => !this.#tried.has(url)) as string;
    this.#tried.add(next);
    return next;
  }

  #beat(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    // A node that answers pings and has stopped to notify is stuck.
    const stuck = !this.#alive && performance.now() - this.#heardAt > STUCK_SILENCES * this.#silentMs;
    if (!this.#heard || stuck || !this.#urls().includes(this.#url)) return socket.terminate();
    if (this.#alive) this.#succeeded();
    this.#heard = false;
    socket.ping();
  }

  #succeeded(): void {
    this.#failures = 0;
    this.#tried.clear();
  }

  #lost(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    clearInterval(this.#heartbeat);
    this.#orphans.clear();
    for (const s of this.#subscriptions.values()) s.remote = undefined;
    if (this.#closed || this.#subscriptions.size === 0) return;
    // Each node of the list is tried before the wait grows. All clients of a node lose it at once, and must not all come back at once.
    const rounds = Math.floor(this.#failures++ / this.#urls().length);
    const longest = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(rounds, 16));
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#open();
    }, longest * (0.5 + 0.5 * Math.random()));
  }

  #disconnect(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#idle);
    clearInterval(this.#heartbeat);
    this.#retry = undefined;
    this.#orphans.clear();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
  }

  #request(id: number, method: string, params: unknown[]): void {
    if (this.#connected) this.#socket?.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  }

  #accepted(id: number, remote: number): void {
    const subscription = this.#subscriptions.get(id);
    if (subscription) subscription.remote = remote;
    // Its first slot is still to come.
    if (subscription?.kind === 'slot') this.#heardAt = performance.now();
    const orphan = this.#orphans.get(id);
    if (orphan && this.#orphans.delete(id)) this.#request(this.#nextId++, `${orphan}Unsubscribe`, [remote]);
  }

  /** A slot that is told again says nothing about now. */
  #note(result: unknown): void {
    const slot = (result as { slot?: unknown } | null)?.slot;
    if (typeof slot !== 'number' || slot <= this.#slot) return;
    this.#slot = slot;
    this.#heardAt = performance.now();
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
      this.#accepted(message.id, message.result);
      return;
    }
    if (typeof message?.method !== 'string' || !message.params) return;
    const kind = message.method.replace('Notification', '');
    for (const s of this.#subscriptions.values()) {
      if (s.remote !== message.params.subscription || s.kind !== kind) continue;
      this.#succeeded();
      if (kind === 'slot') this.#note(message.params.result);
      return s.notify(message.params.result);
    }
  }
}
