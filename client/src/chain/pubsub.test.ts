import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import { PubSub } from './pubsub.js';

/** A node's PubSub: answers every request with a number, and lets the test notify. */
class Node {
  readonly server: WebSocketServer;
  readonly methods: string[] = [];
  #next = 100;
  #seen: (() => void)[] = [];
  socket!: WebSocket;
  connections = 0;
  /** Whether it answers at all. */
  deaf = false;

  /** @param options of the server, e.g. to leave pings without an answer. */
  constructor(options: object = {}) {
    this.server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
    this.server.on('connection', (socket) => {
      this.connections++;
      this.socket = socket;
      socket.on('message', (data) => {
        const { id, method } = JSON.parse(String(data)) as { id: number; method: string };
        this.methods.push(method);
        if (!this.deaf) socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: this.#next++ }));
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
  stop(): void {
    for (const client of this.server.clients) client.terminate();
    this.server.close();
  }
  notify(kind: string, subscription: number, result: unknown): void {
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', method: `${kind}Notification`, params: { subscription, result } }));
  }
}

/** A busy machine is no dead link. */
const PATIENT = { heartbeatMs: 60_000 };

let node: Node;
before(async () => {
  node = new Node();
  await once(node.server, 'listening');
});
after(() => node.server.close());

test('notifies its subscriber, subscribes again after a disconnection, and ends quietly', async () => {
  const pubsub = new PubSub(node.url, PATIENT);
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

test('the next node of the list is subscribed to when one is gone, and the first again when that one goes', async () => {
  const nodes = [new Node(), new Node()];
  await Promise.all(nodes.map((n) => once(n.server, 'listening')));
  const pubsub = new PubSub(() => nodes.map((n) => n.url), PATIENT);
  pubsub.subscribe('slot', [], () => {});
  await nodes[0].sees(1);
  nodes[0].socket.terminate();
  await nodes[1].sees(1);
  nodes[1].socket.terminate();
  await nodes[0].sees(2);
  pubsub.close();
  nodes.forEach((n) => n.stop());
});

test('a link that answers no ping, and one whose slots have stopped, are given up', async () => {
  for (const [options, subscribed] of [[{ autoPong: false }, 'account'], [{}, 'slot']] as const) {
    const stuck = new Node(options);
    await once(stuck.server, 'listening');
    const pubsub = new PubSub(stuck.url, { heartbeatMs: 20, silentMs: 20 });
    const subscription = pubsub.subscribe(subscribed, [], () => {});
    await stuck.sees(2);
    assert.ok(stuck.connections >= 2);
    subscription.end();
    pubsub.close();
    stuck.stop();
  }
});

test('a link that brings the same slot again and again is given up', async () => {
  const stuck = new Node();
  await once(stuck.server, 'listening');
  const pubsub = new PubSub(stuck.url, { heartbeatMs: 20, silentMs: 20 });
  pubsub.subscribe('slot', [], () => {});
  await stuck.sees(1);
  const repeating = setInterval(() => stuck.notify('slot', 99 + stuck.connections, { slot: 7, parent: 6, root: 1 }), 2);
  await stuck.sees(2);
  clearInterval(repeating);
  pubsub.close();
  stuck.stop();
});

test('a node that the list does not have any more is left for another', async () => {
  const nodes = [new Node(), new Node()];
  await Promise.all(nodes.map((n) => once(n.server, 'listening')));
  let urls = nodes.map((n) => n.url);
  const pubsub = new PubSub(() => urls, { heartbeatMs: 20 });
  pubsub.subscribe('account', [], () => {});
  await nodes[0].sees(1);
  urls = [nodes[1].url];
  await nodes[1].sees(1);
  pubsub.close();
  nodes.forEach((n) => n.stop());
});

test('what ends before the node has accepted it is ended there too, and is never active', async () => {
  const slow = new Node();
  await once(slow.server, 'listening');
  slow.deaf = true;
  const pubsub = new PubSub(slow.url, PATIENT);
  const kept = pubsub.subscribe('account', ['kept'], () => {});
  const ended = pubsub.subscribe('signature', ['ended'], () => {});
  await slow.sees(2);
  assert.equal(kept.active, false);
  ended.end();
  slow.socket.send(JSON.stringify({ jsonrpc: '2.0', id: 2, result: 7 }));
  await slow.sees(3);
  assert.deepEqual(slow.methods, ['accountSubscribe', 'signatureSubscribe', 'signatureUnsubscribe']);
  pubsub.close();
  slow.stop();
});
