import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { startValidator, type Validator } from '../index.js';
import { exchange, post11 } from '../testing/raw-http.js';
import { RPC_LIMITS } from './limits.js';

type Reply = { jsonrpc: string; id: unknown; result?: unknown; error?: { code: number; message: string; data?: unknown } };

describe('the RPC server', () => {
  let validator: Validator;
  const lines: string[] = [];
  before(async () => {
    validator = await startValidator({ port: 0, log: (line) => lines.push(line) });
  });
  after(() => validator.stop());

  const post = (body: string | Uint8Array): Promise<Response> =>
    fetch(validator.url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  const call = async (method: string, ...params: unknown[]): Promise<Reply> =>
    (await (await post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))).json()) as Reply;
  const code = async (method: string, ...params: unknown[]): Promise<number | undefined> => (await call(method, ...params)).error?.code;

  it('answers what is no JSON, no request or no method with JSON-RPC\'s codes', async () => {
    for (const [body, expected] of [
      ['', -32700], ['{', -32700], ['\u0000', -32700], ['null', -32700], ['1', -32600], ['{}', -32600], ['[]', -32600],
      ['{"jsonrpc":"1.0","id":1,"method":"getSlot"}', -32600], ['{"jsonrpc":"2.0","id":1,"method":5}', -32600],
      ['{"jsonrpc":"2.0","id":1,"method":"getNothing"}', -32601], ['{"jsonrpc":"2.0","id":1,"method":"__proto__"}', -32601],
      ['{"jsonrpc":"2.0","id":1,"method":"constructor"}', -32601], ['{"jsonrpc":"2.0","id":1,"method":"getSlot","params":{"a":1}}', -32602],
      ['{"jsonrpc":"2.0","id":1,"method":"getSlot","params":"x"}', -32602],
    ] as const) {
      const reply = (await (await post(body)).json()) as Reply;
      assert.equal(reply.error?.code, expected, body);
    }
    assert.equal((await call('getSlot')).jsonrpc, '2.0');
  });

  it('keeps ids, answers batches in order and notifications with nothing', async () => {
    const batch = [{ jsonrpc: '2.0', id: 'a', method: 'getHealth' }, { jsonrpc: '2.0', method: 'getHealth' }, 7, { jsonrpc: '2.0', id: 2, method: 'x' }];
    const replies = (await (await post(JSON.stringify(batch))).json()) as Reply[];
    assert.deepEqual(replies.map((r) => [r.id, r.result ?? r.error?.code]), [['a', 'ok'], [null, -32600], [2, -32601]]);
    assert.equal((await post('{"jsonrpc":"2.0","method":"getHealth"}')).status, 204);
    assert.equal(((await (await post(`[${'1,'.repeat(1000)}1]`)).json()) as Reply).error?.code, -32600);
  });

  it('refuses parameters that are not of their kind', async () => {
    const key = '11111111111111111111111111111111';
    for (const params of [[], [5], [null], ['short'], ['0OIl'.repeat(8)], [key + '1'], ['x'.repeat(100_000)], [key, 'confirmed'],
      [key, { encoding: 'hex' }], [key, { encoding: 'base64', dataSlice: { offset: -1, length: 1 } }]]) {
      assert.equal(await code('getAccountInfo', ...params), -32602, JSON.stringify(params).slice(0, 80));
    }
    // Agave takes a commitment that it does not know for the strictest.
    for (const commitment of ['soon', 'constructor', 5]) assert.equal(await code('getAccountInfo', key, { commitment }), undefined);
    assert.equal(await code('getMultipleAccounts', Array(101).fill(key)), -32602);
    assert.equal(await code('getSignatureStatuses', ['nonsense']), -32602);
    assert.equal(await code('getProgramAccounts', key, { filters: [{ memcmp: { offset: 0, bytes: '0' } }] }), -32602);
    assert.equal(await code('getProgramAccounts', key, { filters: Array(5).fill({ dataSize: 1 }) }), -32602);
    assert.equal(await code('getSlot', { minContextSlot: 1e9 }), -32016);
    assert.equal(await code('getMinimumBalanceForRentExemption', -1), -32602);
    assert.equal(await code('getMinimumBalanceForRentExemption', 2 ** 40), -32600);
    assert.equal(await code('requestAirdrop', key, 1.5), -32602);
    assert.equal(await code('getTokenAccountBalance', key), -32602);
    assert.equal(await code('getBlockTime', 1e12), -32004);
  });

  it('refuses bytes that are no transaction', async () => {
    for (const text of ['', 'AA', 'A'.repeat(2000), Buffer.alloc(1232).toString('base64'), Buffer.alloc(300, 1).toString('base64'), '!!!!']) {
      assert.equal(await code('sendTransaction', text, { encoding: 'base64' }), -32602, text.slice(0, 20));
      assert.equal(await code('simulateTransaction', text, { encoding: 'base64' }), -32602);
      assert.equal(await code('getFeeForMessage', text), -32602);
    }
  });

  it('writes integers above 2^53 with all their digits', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'getAccountInfo', params: [validator.bank.faucet.address, { encoding: 'base64', commitment: 'processed' }] });
    assert.match(await (await post(body)).text(), /"lamports":500000000000000000,.*"rentEpoch":18446744073709551615,/);
  });

  it('encodes accounts as base58, base64, zstd and parsed', async () => {
    const clock = 'SysvarC1ock11111111111111111111111111111111';
    type Value = { value: { data: unknown } };
    const data = async (encoding?: string): Promise<unknown> => ((await call('getAccountInfo', clock, { encoding, commitment: 'processed' })).result as Value).value.data;
    assert.equal(typeof await data(), 'string');
    assert.equal((await data('base58') as string[])[1], 'base58');
    assert.equal(Buffer.from((await data('base64') as string[])[0], 'base64').length, 40);
    assert.equal(Buffer.from((await data('base64+zstd') as string[])[0], 'base64').readUInt32LE(0), 0xfd2fb528);
    assert.equal((await data('jsonParsed') as { program: string }).program, 'sysvar');
    assert.equal(await code('getAccountInfo', 'SysvarS1otHashes111111111111111111111111111', { commitment: 'processed' }), -32600);
  });

  it('has every getter that Solana\'s clients call', async () => {
    for (const method of ['getBlockHeight', 'getBlocks', 'getClusterNodes', 'getEpochInfo', 'getEpochSchedule', 'getFirstAvailableBlock', 'getGenesisHash',
      'getHealth', 'getIdentity', 'getLargestAccounts', 'getLatestBlockhash', 'getRecentPrioritizationFees', 'getSlot', 'getSlotLeader', 'getSupply',
      'getTransactionCount', 'getVersion', 'getVoteAccounts', 'minimumLedgerSlot', 'getInflationGovernor']) {
      const params = method === 'getBlocks' ? [0, 5] : [];
      assert.notEqual((await call(method, ...params)).result, undefined, method);
    }
    assert.equal(((await call('getSlotLeaders', 0, 3)).result as unknown[]).length, 3);
  });

  it('takes neither other methods nor bodies without end, and says it is well', async () => {
    assert.equal(await (await fetch(`${validator.url}/health`)).text(), 'ok');
    assert.equal((await fetch(validator.url)).status, 405);
    assert.equal((await fetch(validator.url, { method: 'OPTIONS' })).headers.get('access-control-allow-origin'), '*');
    const response = await post(new Uint8Array(RPC_LIMITS.bodyBytes + 1)).catch((error: unknown) => error);
    assert.ok(!(response instanceof Response) || response.status === 413);
    const socket = connect(Number(new URL(validator.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    socket.end('\u0000\u0001 nonsense\r\n\r\n');
    await once(socket, 'close');
    assert.equal((await call('getHealth')).result, 'ok');
  });

  it('answers ten thousand requests at once, on 500 connections and in batches, each with its own', async () => {
    const request = (id: number) => ({ jsonrpc: '2.0', id, method: 'getMinimumBalanceForRentExemption', params: [id] });
    const rent = (id: number) => (128 + id) * 6_960;
    const answers = await Promise.all(Array.from({ length: 500 }, async (_, connection) => {
      const bodies = Array.from({ length: 20 }, (_, i) => JSON.stringify(request(20 * connection + i)));
      return exchange(validator.url, bodies.map((body) => post11(body)).join(''), 20);
    }));
    for (const [connection, replies] of answers.entries()) {
      for (const [i, { body, status }] of replies.entries()) {
        const { id, result } = JSON.parse(body) as Reply;
        assert.deepEqual([status, id, result], [200, 20 * connection + i, rent(20 * connection + i)]);
      }
    }
    const batches = await Promise.all(Array.from({ length: 10 }, async (_, batch) => {
      const body = JSON.stringify(Array.from({ length: 1000 }, (_, i) => request(1000 * batch + i)));
      return (await (await post(body)).json()) as Reply[];
    }));
    assert.deepEqual(batches.flat().map((r) => [r.id, r.result]), Array.from({ length: 10_000 }, (_, id) => [id, rent(id)]));
    while (validator.stats().bufferedBytes > 0) await new Promise(setImmediate);
    assert.deepEqual(lines, []);
  });
});
