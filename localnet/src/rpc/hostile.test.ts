import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createTestBank } from '../testing.js';
import { dial, exchange, post11, replies } from '../testing/raw-http.js';
import type { RpcLimits } from './limits.js';
import { RpcService } from './server.js';

const MiB = 1024 * 1024;
const HEALTH = '{"jsonrpc":"2.0","id":1,"method":"getHealth"}';
type Reply = { id: unknown; result?: unknown; error?: { code: number; message: string } };

describe('the RPC server, among clients that misbehave', () => {
  const bank = createTestBank();
  const big = 'Vote111111111111111111111111111111111111111';
  const lines: string[] = [];
  const servers: Server[] = [];
  let service: RpcService;
  let server: Server;
  let url: string;

  /** From here on, a server with these limits. */
  async function serve(limits: Partial<RpcLimits>): Promise<void> {
    const context = { bank, identity: big, endpoints: { rpc: '', pubsub: '' }, faucet: false };
    service = new RpcService(context, { log: (line) => lines.push(line), limits });
    server = service.createServer();
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  before(async () => {
    bank.setAccount(big, { lamports: 1n, owner: big, data: Buffer.alloc(2 * MiB), executable: false });
    await serve({});
  });
  after(() => servers.forEach((each) => {
    each.close();
    each.closeAllConnections();
  }));

  /** It answers, and all memory is given back. */
  const well = async (): Promise<void> => {
    const [{ body }] = await exchange(url, post11(HEALTH));
    assert.equal((JSON.parse(body) as Reply).result, 'ok');
    // What is never given back would make this wait for ever.
    while (service.buffered.bodies + service.buffered.replies > 0) await new Promise(setImmediate);
  };
  const one = async (body: string | Uint8Array): Promise<{ status: number; reply: Reply }> => {
    const head = post11('').replace('content-length: 0', `content-length: ${Buffer.byteLength(body)}`);
    const [{ body: text, status }] = await exchange(url, Buffer.concat([Buffer.from(head), Buffer.from(body)]));
    return { status, reply: JSON.parse(text) as Reply };
  };
  const bigAccounts = (calls: number): string => JSON.stringify(Array.from({ length: calls }, (_, id) => ({
    jsonrpc: '2.0', id, method: 'getAccountInfo', params: [big, { encoding: 'base64', commitment: 'processed' }],
  })));

  it('refuses a body of 16 MB without keeping it, and takes the next request on the same connection', async () => {
    const socket = dial(url);
    socket.write(post11('').replace('content-length: 0', `content-length: ${16 * MiB}`));
    const block = Buffer.alloc(64 * 1024, '[');
    let most = 0;
    for (let sent = 0; sent < 16 * MiB; sent += block.length) {
      if (!socket.write(block)) await once(socket, 'drain');
      most = Math.max(most, service.buffered.bodies);
    }
    socket.write(post11(HEALTH));
    const [refused, next] = await replies(socket, 2);
    assert.equal(refused.status, 413);
    assert.match((JSON.parse(refused.body) as Reply).error!.message, /above 1048576 bytes/);
    assert.equal((JSON.parse(next.body) as Reply).result, 'ok');
    assert.equal(most, 0);
  });

  it('keeps no more than the limit of a body in chunks that tells no length, however small the chunks are', async () => {
    await serve({ bodyBytes: 100_000 });
    const socket = dial(url);
    socket.write('POST / HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n');
    const chunks = '2\r\n[[\r\n'.repeat(10_000);
    let most = 0;
    for (let sent = 0; sent < 120_000; sent += 20_000) {
      if (!socket.write(chunks)) await once(socket, 'drain');
      await new Promise(setImmediate);
      most = Math.max(most, service.buffered.bodies);
    }
    socket.write('0\r\n\r\n');
    assert.equal((await replies(socket))[0].status, 413);
    assert.ok(most <= 100_000);
    await serve({});
    await well();
  });

  it('ends a connection whose body goes on beyond all patience, and answers one that asked before sending', async () => {
    const [endless] = await exchange(url, post11('').replace('content-length: 0', 'content-length: 99999999999'));
    assert.deepEqual([endless.status, /connection: close/i.test(endless.head)], [413, true]);
    const [asked] = await exchange(url, post11('').replace('content-length: 0\r\n', `content-length: ${2 * MiB}\r\nexpect: 100-continue\r\n`));
    assert.equal(asked.status, 413);
    const socket = dial(url);
    socket.write(post11('', 'expect: 100-continue\r\n').replace('content-length: 0', `content-length: ${HEALTH.length}`));
    assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 100 Continue/);
    socket.write(HEALTH);
    assert.equal((await replies(socket))[0].status, 200);
    await well();
  });

  it('answers every kind of nonsense with a code', async () => {
    const call = (fields: string): string => `{"jsonrpc":"2.0",${fields}}`;
    for (const [body, status, code] of [
      ['', 200, -32700], ['[', 200, -32700], ['\ufeff[]', 200, -32700], ['[1'.repeat(1000), 200, -32700],
      ['['.repeat(100_000), 200, -32700], ['['.repeat(100_000) + ']'.repeat(100_000), 200, undefined],
      [`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 200, -32600],
      [call(`"id":1,"method":"getBalance","params":${'['.repeat(100_000)}${']'.repeat(100_000)}`), 200, -32602],
      [call('"id":1e999,"method":"getHealth"'), 200, -32600], [call('"id":18446744073709551615,"method":"getHealth"'), 200, -32600],
      [call('"id":{},"method":"getHealth"'), 200, -32600], [call(`"id":1,"method":"getBlockTime","params":[${'9'.repeat(100_000)}]`), 200, -32602],
      ['{"__proto__":{"jsonrpc":"2.0","id":1,"method":"getHealth"}}', 200, -32600],
      [call('"id":1,"method":"getSlot","params":[{"__proto__":{"minContextSlot":9e9}}]'), 200, undefined],
      [call('"id":1,"method":"toString"'), 200, -32601], [call(`"id":1,"method":"${'x'.repeat(1_000_000)}"`), 200, -32601],
      [Buffer.from([0x22, 0xff, 0xfe, 0x22]), 400, -32700], [Buffer.concat([Buffer.from('{"id":"'), Buffer.of(0xed, 0xa0, 0x80), Buffer.from('"}')]), 400, -32700],
    ] as const) {
      const { reply, status: got } = await one(body);
      assert.deepEqual([got, (Array.isArray(reply) ? reply[0].error.code === -32600 ? undefined : 0 : reply.error?.code)], [status, code], String(body).slice(0, 60));
    }
    // JSON.parse takes the last one of equal keys.
    assert.deepEqual((await one(call('"id":1,"method":"nothing","id":2,"method":"getHealth"'))).reply, { jsonrpc: '2.0', result: 'ok', id: 2 });
    assert.deepEqual((await one(call('"id":9007199254740991,"method":"getHealth"'))).reply.id, 9007199254740991);
    assert.equal(({} as Record<string, unknown>).method, undefined);
    await well();
  });

  it('takes POST of JSON, OPTIONS and GET /health, and goes on after anything else', async () => {
    const line = (request: string, headers = ''): Promise<{ status: number; head: string; body: string }[]> =>
      exchange(url, `${request} HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n${headers}\r\n{}${post11(HEALTH)}`, 2);
    for (const [request, headers, status] of [
      ['GET /', '', 405], ['PUT /', '', 405], ['DELETE /', '', 405], ['GET /health', '', 200], ['OPTIONS /', '', 204],
      ['POST /', '', 415], ['POST /', 'content-type: text/plain\r\n', 415], ['POST /', 'content-type: application/jsonx\r\n', 415],
      ['POST /any/path?x=1', 'content-type: application/json; charset=utf-8\r\n', 200], ['POST /', 'Content-Type: Application/JSON\r\n', 200],
    ] as const) {
      const [first, second] = await line(request, headers);
      assert.deepEqual([first.status, second.status], [status, 200], `${request} ${headers}`);
      assert.match(first.head, /access-control-allow-origin: \*/);
    }
    const [{ head }] = await line('OPTIONS /', 'origin: https://example.org\r\naccess-control-request-headers: solana-client\r\n');
    assert.match(head, /access-control-allow-methods: POST[^]*access-control-allow-headers: \*/);
    assert.equal((await exchange(url, 'nonsense\r\n\r\n'))[0].status, 400);
    assert.equal((await exchange(url, `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`))[0].status, 431);
  });

  it('cuts off who connects and says nothing, and whose headers or body trickle', async () => {
    await serve({ headersMs: 100, requestMs: 200 });
    const starts = ['', 'POST / HT', 'POST / HTTP/1.1\r\nhost: te', post11('').replace('content-length: 0', 'content-length: 100') + '{'];
    const answers = await Promise.all(starts.map(async (start) => {
      const socket = dial(url);
      socket.write(start);
      // A byte now and then must not help.
      const drip = setInterval(() => start.length > 20 && socket.write('x'), 20);
      const [reply] = await replies(socket);
      clearInterval(drip);
      return reply?.status ?? 408;
    }));
    assert.deepEqual(answers, [408, 408, 408, 408]);
  });

  it('lets go of who goes away in the middle, or only stops sending', async () => {
    for (const part of [post11(HEALTH).slice(0, 30), post11(HEALTH).slice(0, -5)]) {
      for (const how of ['end', 'destroy', 'resetAndDestroy'] as const) {
        const socket = dial(url);
        await once(socket, 'connect');
        socket.write(part);
        socket.resume();
        await new Promise<void>((resolve) => socket.once('close', () => resolve()) && (how === 'end' ? socket.end() : socket[how]()));
      }
    }
    const socket = dial(url);
    socket.end(post11(HEALTH));
    assert.equal((await replies(socket))[0].status, 200);
    await well();
  });

  it('takes no more requests from a connection that does not read, and then cuts it off', async () => {
    await serve({ replyMs: 50 });
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const lazy = dial(url).pause();
    for (let i = 0; i < 100; i++) lazy.write(post11(bigAccounts(1)));
    const [[socket]] = await Promise.all([connected, once(server, 'request')]);
    let most = 0;
    while (!socket.closed) {
      most = Math.max(most, service.buffered.replies);
      await new Promise(setImmediate);
    }
    assert.ok(most > 0 && most < 10 * MiB, `${most}`);
    assert.match(lines.join(), /did not take its answer in time/);
    lazy.destroy();
    await well();
  });

  it('refuses requests while others do not take their answers', async () => {
    await serve({ allRepliesBytes: 8 * MiB });
    const lazy = [0, 1, 2].map(() => dial(url).pause());
    for (const socket of lazy) socket.write(post11(bigAccounts(1)).repeat(10));
    while (service.buffered.replies < 8 * MiB) await new Promise(setImmediate);
    const [busy] = await exchange(url, post11(HEALTH));
    assert.deepEqual([busy.status, /retry-after: 1/.test(busy.head), (JSON.parse(busy.body) as Reply).error?.code], [503, true, -32005]);
    for (const socket of lazy) socket.destroy();
    await well();
  });

  it('refuses bodies while those of others fill the memory for them', async () => {
    await serve({ allBodiesBytes: MiB });
    const slow = dial(url);
    slow.write(post11('').replace('content-length: 0', `content-length: ${MiB}`) + ' '.repeat(MiB - 1));
    // The room for a body grows by doubling, up to what a body may have.
    while (service.buffered.bodies < MiB) await new Promise(setImmediate);
    assert.equal((await exchange(url, post11(HEALTH)))[0].status, 503);
    slow.write('1');
    assert.equal((await replies(slow))[0].status, 200);
    await well();
  });

  it('answers as much of a batch as fits, and gives up a batch that nobody waits for', async () => {
    await serve({ batchReplyBytes: 8 * MiB });
    const { reply } = await one(bigAccounts(10)) as unknown as { reply: Reply[] };
    assert.deepEqual(reply.map((r) => r.error?.code ?? 0), [0, 0, 0, ...Array<number>(7).fill(-32603)]);
    assert.match(reply[9].error!.message, /smaller batches/);
    const socket = dial(url);
    await once(socket, 'connect');
    const taken = once(server, 'request');
    socket.write(post11(bigAccounts(1000)));
    await taken;
    socket.destroy();
    await well();
  });
});
