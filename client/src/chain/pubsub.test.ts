import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import { PubSub } from './pubsub.js';

/** A node's PubSub: answers every request with a number, and lets the test notify. */
class Node {
  readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  readonly methods: string[] = [];
  #next = 100;
  #seen: (() => void)[] = [];
  socket!: WebSocket;

  constructor() {
    this.server.on('connection', (socket) => {
      this.socket = socket;
      socket.on('message', (data) => {
        const { id, method } = JSON.parse(String(data)) as { id: number; method: string };
        this.methods.push(method);
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: this.#next++ }));
        this.#seen.splice(0).forEach((f) => f());
      });
    });
  }
  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  async sees(count: number): Promise<void> {
    while (this.methods.length < count) await new Promise<void>((resolve) => this.#seen.push(resolve));
  }
  notify(kind: string, subscription: number, result: unknown): void {
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', method: `${kind}Notification`, params: { subscription, result } }));
  }
}

let node: Node;
before(async () => {
  node = new Node();
  await once(node.server, 'listening');
});
after(() => node.server.close());

test('notifies its subscriber, subscribes again after a disconnection, and ends quietly', async () => {
  const pubsub = new PubSub(node.url);
  const results: unknown[] = [];
  let next = (): void => {};
  const arrives = (): Promise<void> => new Promise((resolve) => (next = resolve));
  const subscription = pubsub.subscribe('account', ['address'], (result) => {
    results.push(result);
    next();
  });
  await node.sees(1);
  let arrived = arrives();
  node.socket.send('not json');
  node.notify('account', 999, 'another one');
  node.notify('slot', 100, 'another kind');
  node.notify('account', 100, 'first');
  await arrived;

  node.socket.terminate();
  await node.sees(2);
  arrived = arrives();
  node.notify('account', 101, 'second');
  await arrived;
  assert.deepEqual(results, ['first', 'second']);

  subscription.end();
  await node.sees(3);
  assert.deepEqual(node.methods, ['accountSubscribe', 'accountSubscribe', 'accountUnsubscribe']);
  pubsub.close();
});

test('a node that is not there is no error', () => {
  const pubsub = new PubSub('ws://127.0.0.1:1');
  const subscription = pubsub.subscribe('slot', [], () => assert.fail());
  assert.equal(subscription.active, false);
  pubsub.close();
});
