import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RpcPool, type PoolOptions } from './rpc-pool.js';
import { FaultyNode, type Reply, type Request } from './testing/faulty-node.js';

const BODY = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'getAnything', params: [] });
const started: FaultyNode[] = [];
after(() => Promise.all(started.map((node) => node.close())));

/** A node of the cluster `genesis` that names itself, but for what `fault` does. */
async function node(name: string, fault: (request: Request) => Reply | undefined = () => undefined, genesis = 'genesis'): Promise<FaultyNode> {
  const made = await FaultyNode.start(sound(name, fault, genesis));
  started.push(made);
  return made;
}

const sound = (name: string, fault: (request: Request) => Reply | undefined = () => undefined, genesis = 'genesis') => (request: Request): Reply =>
  fault(request) ?? (request.method === 'getGenesisHash' ? { result: genesis } : { result: name });

/** A pool of these nodes, with a clock that stands still until it is moved, and that takes none for slow. */
function poolOf(nodes: readonly FaultyNode[], options: PoolOptions = {}) {
  const clock = { ms: 0 };
  const told: string[] = [];
  const [first, ...others] = nodes.map((n) => n.endpoint);
  const pool = new RpcPool([first, ...others], { now: () => clock.ms, random: () => 0.999, leastExpectedMs: 60_000, silenceMs: 120_000, tell: (code) => told.push(code), ...options });
  const who = async (): Promise<unknown> => (JSON.parse(await pool.post(BODY)) as { result: unknown }).result;
  return { pool, clock, told, who };
}

const onlyAnything = (reply: Reply) => ({ method }: Request): Reply | undefined => (method === 'getAnything' ? reply : undefined);

test('the next node answers while the first is gone, and the first again when it is back', async () => {
  const [first, second] = [await node('first'), await node('second')];
  const { pool, clock, told, who } = poolOf([first, second]);
  assert.equal(await who(), 'first');
  const port = Number(new URL(first.url).port);
  await first.close();
  assert.equal(await who(), 'second');
  assert.deepEqual(told, ['RPC_FAILOVER']);
  await first.listen(port);
  assert.equal(await who(), 'second', 'the first rests');
  clock.ms += 60_000;
  assert.equal(await who(), 'first');
  pool.close();
});

test('a node that hangs costs a moment once, then it is left alone', async () => {
  const first = await node('first', onlyAnything('hang'));
  const { pool, who } = poolOf([first, await node('second')], { leastExpectedMs: 0 });
  assert.equal(await who(), 'second');
  assert.equal(await who(), 'second');
  assert.equal(first.asked('getAnything'), 1);
  pool.close();
});

test('a connection that breaks is made again before the node is given up', async () => {
  let broken = 0;
  const first = await node('first', ({ method }) => (method === 'getAnything' && broken++ === 0 ? 'break' : undefined));
  const { pool, told, who } = poolOf([first, await node('second')]);
  assert.equal(await who(), 'first');
  assert.deepEqual([first.asked('getAnything'), told], [2, []]);
  pool.close();
});

test('errors of a node are passed on to the next one, errors of a request to who made it', async () => {
  const faults: Reply[] = [
    ...[-32005, -32016, -32004, 429, 503, -32603, -32601, -32000, -32001, -32011].map((code) => ({ error: { code, message: 'not here' } })),
    ...[429, 403, 500, 502, 404].map((status) => ({ status })),
    ...['', 'null', '<html>', '{"error":'].map((raw) => ({ raw })),
    'break',
    { raw: `{"result":"${'x'.repeat(100_000)}"}` },
  ];
  for (const fault of faults) {
    const { pool, who } = poolOf([await node('first', onlyAnything(fault)), await node('second')], { maxAnswerBytes: 50_000 });
    assert.equal(await who(), 'second', JSON.stringify(fault).slice(0, 80));
    pool.close();
  }
  const wrong = { error: { code: -32602, message: 'Invalid params' } };
  const { pool } = poolOf([await node('first', onlyAnything(wrong)), await node('second')]);
  assert.deepEqual((JSON.parse(await pool.post(BODY)) as typeof wrong).error, wrong.error);
  pool.close();
});

test('an error of a node is the answer when no other knows better, and no reason to leave it', async () => {
  const lacking = onlyAnything({ error: { code: -32601, message: 'Method not found' } });
  const nodes = [await node('first', lacking), await node('second', lacking), await node('third', onlyAnything({ status: 500 }))];
  const { pool, told } = poolOf(nodes);
  for (let i = 1; i <= 2; i++) {
    assert.match(await pool.post(BODY), /-32601/);
    assert.deepEqual(nodes.slice(0, 2).map((n) => n.asked('getAnything')), [i, i]);
  }
  assert.deepEqual(told, []);
  pool.close();
  const { pool: single } = poolOf([await node('only', onlyAnything({ error: { code: 429, message: 'Too many requests' } }))]);
  await assert.rejects(single.post(BODY), { code: 'RPC_REFUSED' });
  single.close();
});

test('that a transaction must fail is believed when a second node says so, or nobody else can', async () => {
  const refused = onlyAnything({ error: { code: -32002, message: 'Transaction simulation failed' } });
  const liar = await node('liar', refused);
  const { pool, told, who } = poolOf([liar, await node('second')]);
  assert.equal(await who(), 'second');
  assert.deepEqual(told, []);
  pool.close();

  const third = await node('third');
  for (const others of [[await node('second', refused), third], [await node('second', onlyAnything({ status: 500 }))]]) {
    const { pool } = poolOf([liar, ...others]);
    assert.match(await pool.post(BODY), /-32002/);
    pool.close();
  }
  assert.equal(third.asked('getAnything'), 0);
});

test('a node of another cluster is not believed', async () => {
  const [first, foreign] = [await node('first'), await node('foreign', undefined, 'another')];
  const { pool, told, who } = poolOf([first, foreign]);
  assert.equal(await who(), 'first');
  assert.equal(pool.pubSubUrls().length, 1, 'it was not asked yet');
  await foreign.sees(1, 'getGenesisHash');
  first.reply = () => ({ status: 500 });
  await assert.rejects(who(), { code: 'RPC_UNREACHABLE' });
  assert.equal(foreign.asked('getAnything'), 0);
  assert.deepEqual(told, ['RPC_OTHER_CLUSTER', 'RPC_LOST']);
  assert.deepEqual(pool.pubSubUrls(), [first.endpoint.wsUrl]);
  pool.close();
});

test('the first node of the list says which cluster it is, also when another one answered before', async () => {
  const [first, foreign, third] = [await node('first'), await node('foreign', undefined, 'another'), await node('third')];
  first.reply = () => ({ status: 500 });
  const { pool, clock, told, who } = poolOf([first, foreign, third]);
  assert.equal(await who(), 'foreign');
  await pool.broadcast(BODY);
  assert.deepEqual(told, ['RPC_FAILOVER', 'RPC_OTHER_CLUSTER']);
  first.reply = sound('first');
  clock.ms += 60_000;
  assert.equal(await who(), 'first');
  const asked = foreign.requests.length;
  first.reply = () => ({ status: 500 });
  assert.equal(await who(), 'third');
  assert.equal(foreign.requests.length, asked);
  pool.close();
});

test('notifications may come from any node of the cluster, from the preferred one first', async () => {
  const [first, second] = [await node('first'), await node('second')];
  const [a, b] = ['ws://a', 'ws://b'];
  const pool = new RpcPool([{ ...first.endpoint, wsUrl: a }, { ...second.endpoint, wsUrl: b }]);
  assert.deepEqual(pool.pubSubUrls(), [a]);
  await pool.broadcast(BODY);
  assert.deepEqual(pool.pubSubUrls(), [a, b]);
  await first.close();
  await pool.post(BODY);
  assert.deepEqual(pool.pubSubUrls(), [b, a]);
  second.reply = sound('second', onlyAnything({ error: { code: -32005, message: 'Node is behind by 1000 slots' } }));
  await assert.rejects(pool.post(BODY), { code: 'RPC_REFUSED' });
  assert.deepEqual(pool.pubSubUrls(), [a]);
  pool.close();
});

test('a node that is stuck is left until it has caught up', async () => {
  let slot = 1_000;
  const slots = (own: () => number) => ({ method }: Request): Reply | undefined => (method === 'getSlot' ? { result: own() } : undefined);
  const nodes = [await node('first', slots(() => slot)), await node('second', slots(() => 2_000)), await node('third', slots(() => 2_000))];
  const { pool, clock, who } = poolOf(nodes);
  assert.equal(await who(), 'first');
  clock.ms += 30_000;
  while ((await who()) !== 'second');
  slot = 1_990;
  clock.ms += 30_000;
  while ((await who()) !== 'first');
  pool.close();
});

test('requests that are refused together make the only node rest once, and one asks it first', async () => {
  const only = await node('only', onlyAnything({ status: 429 }));
  const { pool, who } = poolOf([only], { now: () => performance.now() });
  await Promise.all(Array.from({ length: 6 }, () => assert.rejects(who(), { code: 'RPC_REFUSED' })));
  only.reply = () => 'hang';
  const waiting = Promise.all(Array.from({ length: 3 }, () => assert.rejects(who(), /RPC|No/)));
  await only.sees(7);
  await fetch(only.url, { method: 'POST', body: JSON.stringify({ method: 'getNothing' }), signal: AbortSignal.timeout(200) }).catch(() => {});
  assert.equal(only.asked('getAnything'), 7);
  pool.close();
  await waiting;
});

test('the only node there is: asked again at once if it is gone, and not while it wants to be left alone', async () => {
  const only = await node('only');
  const { pool, clock, told, who } = poolOf([only]);
  assert.equal(await who(), 'only');
  assert.equal(only.asked('getGenesisHash'), 0, 'nothing to compare');
  const port = Number(new URL(only.url).port);
  await only.close();
  await assert.rejects(who(), { code: 'RPC_UNREACHABLE', message: `No Solana node answers at http://127.0.0.1:${port}: check -u and that it runs (ECONNREFUSED).` });
  await only.listen(port);
  assert.equal(await who(), 'only');
  assert.deepEqual(told, ['RPC_LOST', 'RPC_BACK']);

  only.reply = () => ({ status: 429, headers: { 'retry-after': '30' } });
  await assert.rejects(who(), { code: 'RPC_REFUSED' });
  const asked = only.requests.length;
  await assert.rejects(who(), { code: 'RPC_REFUSED' });
  assert.equal(only.requests.length, asked);
  only.reply = sound('only');
  clock.ms += 30_000;
  assert.equal(await who(), 'only');
  pool.close();
});

test('keys in URLs stay out of what is told', async () => {
  const { endpoint } = await node('first', () => ({ status: 401 }));
  const pool = new RpcPool([{ ...endpoint, rpcUrl: `${endpoint.rpcUrl}/secret?key=secret` }], { tell: (_, message) => assert.doesNotMatch(message, /secret/) });
  await assert.rejects(pool.post(BODY), (error: Error) => !error.message.includes('secret'));
  pool.close();
});

test('closing ends what is under way', async () => {
  const hanging = await node('hanging', onlyAnything('hang'));
  for (const nodes of [[hanging], [hanging, await node('another', onlyAnything('hang'))]]) {
    const { pool, who } = poolOf(nodes);
    const [seen, waiting] = [hanging.asked('getAnything'), assert.rejects(who(), { code: 'RPC_UNREACHABLE' })];
    await hanging.sees(seen + 1, 'getAnything');
    pool.close();
    await waiting;
    await assert.rejects(who(), { code: 'RPC_UNREACHABLE' });
  }
});

test('a transaction goes to all nodes, whatever they think of it', async () => {
  const nodes = [await node('first', () => ({ status: 500 })), await node('second'), await node('third')];
  const { pool } = poolOf(nodes);
  await pool.broadcast(BODY);
  assert.deepEqual(nodes.map((n) => n.asked('getAnything')), [0, 1, 1], 'the first does not even say which cluster it belongs to');
  pool.close();
});

test('who is busy with a transaction is not sent it again, and holds up no other', async () => {
  const [first, second] = [await node('first', onlyAnything('hang')), await node('second')];
  const { pool } = poolOf([first, second]);
  while (second.asked('getAnything') < 3) {
    void pool.broadcast(BODY);
    await nextTurn();
  }
  await first.sees(1, 'getAnything');
  assert.equal(first.asked('getAnything'), 1);
  pool.close();
});
