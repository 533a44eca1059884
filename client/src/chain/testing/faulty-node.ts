import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from '../endpoints.js';

/* An RPC node that does what a test says, for tests: no test is in here. */

/** What a node does with a request. */
export type Reply =
  | { result: unknown }
  | { error: { code: number; message: string } }
  | { status: number; headers?: Record<string, string> }
  /** As it is. */
  | { raw: string }
  /** What the node behind it answers. */
  | 'forward'
  /** The node behind it gets the request, and nobody its answer. */
  | 'forward and break'
  /** The head of an answer, and then the end. */
  | 'break'
  /** Nothing, until {@link FaultyNode.release}. */
  | 'hang';

export interface Request {
  method: string;
  params: unknown[];
}

export class FaultyNode {
  /** In the order they came. */
  readonly requests: Request[] = [];
  readonly #server: Server;
  #held: (() => void)[] = [];
  #seen: (() => void)[] = [];

  private constructor(
    public reply: (request: Request) => Reply,
    private readonly upstream: string | undefined,
  ) {
    this.#server = createServer((request, response) => void this.#answer(request, response).catch(() => response.destroy()));
  }

  /** @param upstream the URL of the node behind it. */
  static async start(reply: (request: Request) => Reply, upstream?: string): Promise<FaultyNode> {
    const node = new FaultyNode(reply, upstream);
    await node.listen();
    return node;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Without PubSub. */
  get endpoint(): Endpoint {
    return { rpcUrl: this.url, wsUrl: 'ws://127.0.0.1:1' };
  }

  asked(method: string): number {
    return this.requests.filter((r) => r.method === method).length;
  }

  /** Until so many requests have come. */
  async sees(count: number, method?: string): Promise<void> {
    while ((method === undefined ? this.requests.length : this.asked(method)) < count) await new Promise<void>((resolve) => this.#seen.push(resolve));
  }

  /** Lets requests that hang be answered by the node behind this one. */
  release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  async listen(port = 0): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { id, method, params = [] } = JSON.parse(body) as { id: unknown; method: string; params?: unknown[] };
    this.requests.push({ method, params });
    const reply = this.reply({ method, params });
    this.#seen.splice(0).forEach((f) => f());
    response.setHeader('content-type', 'application/json');
    if (reply === 'break') return void response.writeHead(200, { 'content-length': 100 }).write('{"jsonrpc"', () => response.destroy());
    if (reply === 'hang') await new Promise<void>((resolve) => this.#held.push(resolve));
    if (typeof reply === 'string') {
      const answer = await (await fetch(this.upstream as string, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).text();
      return void (reply === 'forward and break' ? response.destroy() : response.end(answer));
    }
    if ('status' in reply) return void response.writeHead(reply.status, reply.headers).end();
    response.end('raw' in reply ? reply.raw : JSON.stringify({ jsonrpc: '2.0', id, ...reply }));
  }
}
