import assert from 'node:assert/strict';
import { test } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import type { Scope } from '../addresses.js';
import { peerIdOf } from '../identity.js';
import { SECRET_KEYS } from '../testing.js';
import { describeReach } from './describe.js';
import type { DialBackAnswer, Port } from './dial-back.js';
import { LocalAddresses } from './local-discovery.js';
import { type Reachability, ReachabilityCheck } from './reachability.js';
import { inOrderFor } from './rendezvous.js';

const member = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const PORTS: Port[] = [{ port: 9000, transport: 'tcp' }, { port: 9001, transport: 'ws' }];

/** A check whose members answer as told; an error is thrown. */
function checkOf(answers: Record<number, DialBackAnswer | Error>, ports: () => Port[] = () => PORTS) {
  const asked: number[] = [];
  const heard: Reachability[] = [];
  const clock = { now: 0 };
  const ask = (nodeKey: Uint8Array): Promise<DialBackAnswer> => {
    asked.push(nodeKey[0]);
    const answer = answers[nodeKey[0]];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const check = new ReachabilityCheck(ports, ask, (summary) => heard.push(summary), () => {}, () => clock.now);
  const consider = (byte: number, scope: Scope = 'public'): Promise<boolean> => check.consider(member(byte), scope);
  return { check, consider, asked, heard, clock };
}

const through = (observed = '203.0.113.7'): DialBackAnswer => ({ observed, reached: [true, false] });
const blocked = (observed = '203.0.113.7'): DialBackAnswer => ({ observed, reached: [false, false] });

test('three members of a kind are asked; what those farthest away found counts', async () => {
  const { check, consider, asked, heard } = checkOf({ 1: through('127.0.0.1'), 2: blocked(), 3: through(), 4: through(), 5: through(), 6: through('127.0.0.1') });
  assert.equal(check.summary.verdict, 'unknown');
  await consider(1, 'loopback');
  assert.deepEqual([check.summary.verdict, check.summary.from], ['reachable', 'loopback']);
  await consider(2);
  assert.deepEqual([check.summary.verdict, check.summary.from, check.summary.asked], ['unreachable', 'public', 1]);
  await consider(3);
  assert.deepEqual([check.summary.verdict, check.summary.asked], ['unreachable', 2]);
  for (const byte of [4, 5]) await consider(byte);
  assert.equal(await consider(6, 'loopback'), true);
  assert.deepEqual(asked, [1, 2, 3, 4, 6]);
  assert.deepEqual(check.summary.confirmed, [
    { port: 9000, transport: 'tcp', host: '203.0.113.7' },
    { port: 9000, transport: 'tcp', host: '127.0.0.1' },
  ]);
  assert.deepEqual(check.summary.observed, ['203.0.113.7']);
  // each different summary is told once
  assert.deepEqual(heard.map(({ verdict, asked: count }) => `${verdict} ${count}`), ['reachable 1', 'unreachable 1', 'unreachable 2', 'some 3']);
});

test('one member that lies decides nothing once others have answered', async () => {
  const lie = through('198.51.100.66');
  const { check, consider } = checkOf({ 1: lie, 2: blocked(), 3: blocked(), 4: lie, 5: through(), 6: through() });
  for (const byte of [1, 2]) await consider(byte);
  assert.deepEqual([check.summary.verdict, check.summary.confirmed], ['unreachable', []]);
  await consider(3);
  assert.deepEqual([check.summary.verdict, check.summary.confirmed], ['unreachable', []]);
  check.forget();
  for (const byte of [4, 5]) await consider(byte);
  assert.deepEqual(check.summary.confirmed, [], 'two that differ are no majority');
  await consider(6);
  assert.deepEqual(check.summary.confirmed.map(({ host }) => host), ['203.0.113.7']);
});

test('who did not get through, did not try or could not be asked is asked again, later', async () => {
  const answers: Record<number, DialBackAnswer | Error> = { 1: blocked(), 2: { observed: '203.0.113.7', reached: [undefined, undefined] }, 3: new Error('gone') };
  const { check, consider, asked, clock } = checkOf(answers);
  for (const byte of [1, 2, 3]) await consider(byte);
  assert.deepEqual([check.summary.verdict, check.summary.asked], ['unreachable', 1]);
  clock.now = 4 * 60_000;
  for (const byte of [1, 2, 3]) assert.equal(await consider(byte), false);
  clock.now = 6 * 60_000;
  for (const byte of [1, 2, 3]) answers[byte] = through();
  for (const byte of [1, 2, 3]) assert.equal(await consider(byte), true);
  assert.deepEqual([check.summary.verdict, check.summary.asked], ['reachable', 3]);
  clock.now = 60 * 60_000;
  assert.equal(await consider(1), false);
  assert.deepEqual(asked, [1, 2, 3, 1, 2, 3]);
  check.forget();
  assert.equal(check.summary.verdict, 'unknown');
});

test('who listens nowhere asks nobody: it cannot be reached', async () => {
  const { check, consider, asked } = checkOf({}, () => []);
  await consider(1);
  assert.deepEqual([check.summary.verdict, asked.length], ['unreachable', 0]);
});

test('relays are in one order for everybody, which differs between members and loses nothing when one goes', () => {
  const relays = Array.from({ length: 20 }, (_, i) => member(100 + i));
  const order = inOrderFor(member(1), relays);
  assert.deepEqual(inOrderFor(member(1), [...relays].reverse()), order);
  assert.deepEqual(inOrderFor(member(1), relays.filter((relay) => relay !== order[0])), order.slice(1));
  const firsts = new Set(Array.from({ length: 60 }, (_, i) => inOrderFor(member(i), relays)[0][0]));
  assert.ok(firsts.size > 10, `${firsts.size} relays serve 60 members`);
});

test('of what multicast says, members and local addresses are kept, few of each', () => {
  const [friend, stranger] = SECRET_KEYS.map((key) => key.slice(32));
  const local = new LocalAddresses((nodeKey) => Buffer.compare(nodeKey, friend) === 0);
  const found = (nodeKey: Uint8Array, ...texts: string[]) => local.add({ id: peerIdOf(nodeKey), multiaddrs: texts.map((text) => multiaddr(text)) });
  assert.equal(found(stranger, '/ip4/192.168.1.9/tcp/9000'), undefined);
  assert.equal(found(friend, '/ip4/203.0.113.7/tcp/9000', '/dns4/example.org/tcp/1', '/ip4/192.168.1.9/udp/9000'), undefined);
  assert.deepEqual(found(friend, '/ip4/203.0.113.7/tcp/9000', '/ip4/192.168.1.9/tcp/9000'), friend);
  assert.equal(found(friend, '/ip4/192.168.1.9/tcp/9000'), undefined, 'no news');
  found(friend, ...Array.from({ length: 100 }, (_, i) => `/ip4/192.168.2.${i}/tcp/9000`));
  assert.equal(local.of(friend).length, 4);
  assert.deepEqual(local.of(stranger), []);
});

test('an operator is told how things are and what to change', () => {
  const report = { verdict: 'unreachable', from: 'public', confirmed: [], observed: ['203.0.113.7'], asked: 1, addresses: ['/ip4/10.0.0.2/tcp/9000'], relays: [], mapping: undefined } as const;
  const told = describeReach({ ...report, confirmed: [], observed: ['203.0.113.7'], addresses: ['/ip4/10.0.0.2/tcp/9000'], relays: [] });
  assert.match(told.text, /^not reachable, as the one member that tried found; it is connected only with members that it can dial itself$/);
  assert.match(told.advice!, /TCP port 9000/);
  assert.match(describeReach({ ...report, from: 'private', confirmed: [], observed: [], addresses: [], relays: [] }).advice!, /firewall accept TCP port N/);
  assert.match(describeReach({ ...report, asked: 0, from: undefined, confirmed: [], observed: [], addresses: [], relays: [] }).advice!, /leave --listen away/);
});
