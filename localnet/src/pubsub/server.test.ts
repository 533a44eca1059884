import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Keypair } from '@solana/web3.js';
import { WebSocket } from 'ws';
import { startValidator, type Validator } from '../index.js';
import { PubSub } from './server.js';

type Message = { id?: number; result?: unknown; error?: { code: number }; method?: string; params?: { result: unknown; subscription: number } };

class Client {
  readonly #socket: WebSocket;
  readonly #inbox: Message[] = [];
  #wake = (): void => {};

  constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.on('message', (data) => {
      this.#inbox.push(JSON.parse(String(data)) as Message);
      this.#wake();
    });
  }

  async open(): Promise<this> {
    await once(this.#socket, 'open');
    return this;
  }

  send(text: string | Buffer): void {
    this.#socket.send(text);
  }

  async next(match: (m: Message) => boolean = () => true): Promise<Message> {
    for (;;) {
      const found = this.#inbox.findIndex(match);
      if (found >= 0) return this.#inbox.splice(found, 1)[0];
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async call(method: string, ...params: unknown[]): Promise<Message> {
    this.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
    return this.next((m) => m.id !== undefined);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

describe('the PubSub service', () => {
  let validator: Validator;
  before(async () => {
    validator = await startValidator({ port: 0, slotMs: 40 });
  });
  after(() => validator.stop());

  it('takes WebSockets on its own port and on the RPC port', async () => {
    for (const url of [validator.wsUrl, validator.url.replace('http', 'ws')]) {
      const client = await new Client(url).open();
      assert.equal(typeof (await client.call('slotSubscribe')).result, 'number');
      const { params } = await client.next((m) => m.method === 'slotNotification');
      assert.deepEqual(Object.keys(params!.result as object).sort(), ['parent', 'root', 'slot']);
      await client.close();
    }
  });

  it('answers nonsense with codes, and goes on', async () => {
    const client = await new Client(validator.wsUrl).open();
    client.send('{');
    assert.equal((await client.next()).error?.code, -32700);
    client.send(Buffer.of(1, 2, 3));
    assert.equal((await client.next()).error?.code, -32600);
    assert.equal((await client.call('getSlot')).error?.code, -32601);
    assert.equal((await client.call('voteSubscribe')).error?.code, -32601);
    for (const [method, ...params] of [['accountSubscribe'], ['accountSubscribe', 'x'], ['logsSubscribe', { mentions: [] }], ['logsSubscribe'],
      ['signatureSubscribe', 'abc'], ['accountUnsubscribe', 99_999], ['slotUnsubscribe', 'a'], ['programSubscribe', null]] as const) {
      assert.equal((await client.call(method, ...params)).error?.code, -32602, method);
    }
    client.send('{"jsonrpc":"2.0","method":"ping"}');
    assert.equal(typeof (await client.call('rootSubscribe')).result, 'number');
    await client.close();
  });

  it('tells of a signature that has long landed, after it answered with the id', async () => {
    const client = await new Client(validator.wsUrl).open();
    const { signature } = validator.bank.airdrop(Keypair.generate().publicKey.toBase58(), 1_000_000n);
    await once(validator.bank, 'slot');
    const { result } = await client.call('signatureSubscribe', signature, { commitment: 'confirmed' });
    const { params } = await client.next();
    assert.deepEqual([params?.subscription, (params?.result as { value: unknown }).value], [result, { err: null }]);
    assert.equal((await client.call('signatureUnsubscribe', result)).error?.code, -32602);
    await client.close();
  });

  it('tells at once, when the slot ends, and when it is final, as asked', async () => {
    const client = await new Client(validator.wsUrl).open();
    const address = Keypair.generate().publicKey.toBase58();
    const kinds = new Map<unknown, string>();
    for (const commitment of ['processed', 'confirmed', 'finalized']) {
      kinds.set((await client.call('accountSubscribe', address, { commitment, encoding: 'base64' })).result, commitment);
    }
    const slot = validator.bank.slot;
    validator.bank.airdrop(address, 1_000_000n);
    for (const [commitment, lag] of [['processed', 0], ['confirmed', 1], ['finalized', 32]] as const) {
      const { params } = await client.next();
      assert.equal(kinds.get(params?.subscription), commitment);
      assert.ok(validator.bank.slot >= slot + lag);
      const { context, value } = params!.result as { context: { slot: number }; value: { lamports: number } };
      assert.ok(context.slot - slot <= 1);
      assert.equal(value.lamports, 1_000_000);
    }
    await client.close();
  });

  it('forgets the subscriptions of a socket that is gone', async () => {
    const client = await new Client(validator.wsUrl).open();
    const before = validator.stats().subscriptions;
    for (let i = 0; i < 10; i++) await client.call('slotSubscribe');
    assert.equal(validator.stats().subscriptions, before + 10);
    await client.close();
    while (validator.stats().subscriptions > before) await once(validator.bank, 'slot');
  });

  it('tells a thousand sockets, and forgets all of them', async () => {
    const [open, before] = [validator.stats().sockets, validator.stats().subscriptions];
    const address = Keypair.generate().publicKey.toBase58();
    const clients = await Promise.all(Array.from({ length: 1000 }, () => new Client(validator.wsUrl).open()));
    await Promise.all(clients.map(async (client) => {
      await client.call('accountSubscribe', address, { commitment: 'confirmed', encoding: 'base64' });
      await client.call('logsSubscribe', { mentions: [address] }, { commitment: 'confirmed' });
    }));
    assert.deepEqual([validator.stats().sockets - open, validator.stats().subscriptions - before], [1000, 2000]);
    validator.bank.airdrop(address, 1_000_000n);
    await Promise.all(clients.map(async (client) => {
      const { params } = await client.next((m) => m.method === 'accountNotification');
      assert.equal((params!.result as { value: { lamports: number } }).value.lamports, 1_000_000);
      await client.next((m) => m.method === 'logsNotification');
    }));
    await Promise.all(clients.map((client) => client.close()));
    while (validator.stats().sockets > open || validator.stats().bufferedBytes > 0) await once(validator.bank, 'slot');
    assert.equal(validator.stats().subscriptions, before);
  });

  it('cuts off a reader that does not read', { timeout: 30_000 }, async () => {
    const bank = validator.bank;
    const socket = new WebSocket(validator.wsUrl);
    await once(socket, 'open');
    const big = Keypair.generate().publicKey.toBase58();
    for (let i = 0; i < 20; i++) socket.send(JSON.stringify({ jsonrpc: '2.0', id: i, method: 'logsSubscribe', params: ['all', { commitment: 'processed' }] }));
    while (validator.stats().subscriptions < 20) await once(bank, 'slot');
    socket.pause();
    socket.on('error', () => {});
    while (validator.stats().sockets > 0) {
      for (let i = 0; i < 2_000; i++) bank.emit('transaction', { ...[...bank.history.all()][0], logs: ['x'.repeat(2_000)] }, []);
      await new Promise(setImmediate);
    }
    assert.equal(validator.stats().subscriptions, 0);
    assert.equal(bank.getAccount(big), null);
    socket.terminate();
  });

  it('closes a socket that sends too much at once, and one that is silent for two heartbeats', async () => {
    for (const send of [
      (socket: WebSocket) => socket.send('x'.repeat(64 * 1024 + 1)),
      (socket: WebSocket) => Array.from({ length: 100 }, () => socket.send('x', { fin: false })),
    ]) {
      const socket = new WebSocket(validator.wsUrl);
      await once(socket, 'open');
      send(socket);
      const [code] = (await once(socket, 'close')) as [number];
      assert.ok(code === 1009 || code === 1008, String(code));
    }
    const pubSub = new PubSub(validator.bank, { limits: { heartbeatMs: 20 } });
    const server = createServer().on('upgrade', (request, socket, head) => pubSub.upgrade(request, socket, head)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const silent = new WebSocket(url, { autoPong: false });
    await Promise.all([once(silent, 'open'), once(silent, 'close')]);
    while (pubSub.connections > 0) await new Promise(setImmediate);
    await pubSub.close();
    server.close();
  });
});
