import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: unknown;
  readonly method?: string;
  readonly params?: { readonly result: unknown; readonly subscription: number };
}

const TIMEOUT_MS = 90_000;

/** A WebSocket to a PubSub service that keeps all it hears. */
export class Feed {
  readonly #socket: WebSocket;
  readonly #heard: Message[] = [];
  #wake = (): void => {};
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      this.#heard.push(JSON.parse(String(data)) as Message);
      this.#wake();
    });
  }

  static async open(url: string): Promise<Feed> {
    const socket = new WebSocket(url);
    const feed = new Feed(socket);
    await once(socket, 'open');
    return feed;
  }

  async call(method: string, params: readonly unknown[]): Promise<Message> {
    const id = this.#nextId++;
    return this.text(JSON.stringify({ jsonrpc: '2.0', id, method, params }), (message) => message.id === id);
  }

  /** Sends any text and gives the first message that is the answer. */
  async text(text: string, isAnswer: (message: Message) => boolean = ({ method }) => method === undefined): Promise<Message> {
    this.#socket.send(text);
    return this.#until(() => {
      const found = this.#heard.findIndex(isAnswer);
      return found < 0 ? undefined : this.#heard.splice(found, 1)[0];
    }, text);
  }

  /**
   * The first `count` different notifications of a subscription. A real validator under load sometimes tells the same one
   * twice: a slot that was confirmed is announced by its votes and again with its bank.
   */
  async notifications(subscription: number, count: number): Promise<readonly Message[]> {
    return this.#until(() => {
      const told = this.#heard.filter(({ params }) => params?.subscription === subscription);
      const found = [...new Map(told.map((message) => [JSON.stringify(message), message])).values()];
      return found.length < count ? undefined : found.slice(0, count);
    }, `notification ${count} of subscription ${subscription}`);
  }

  close(): void {
    this.#socket.terminate();
  }

  async #until<T>(find: () => T | undefined, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`nothing heard within ${TIMEOUT_MS / 1000} s: ${what.slice(0, 200)}`)), TIMEOUT_MS);
    });
    try {
      for (;;) {
        const found = find();
        if (found !== undefined) return found;
        await Promise.race([late, new Promise<void>((resolve) => (this.#wake = resolve))]);
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
