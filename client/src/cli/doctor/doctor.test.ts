import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, test } from 'node:test';
import type { PeerMember, P2pNode, ReachReport } from '../../p2p/index.js';
import { SECRET_KEYS, membersOf, soon, startNode } from '../../p2p/testing.js';
import { type Check, type Patient, failure, ok } from './check.js';
import { judge as judgeInterfaces } from './checks/interfaces.js';
import { listening } from './checks/listening.js';
import { members } from './checks/members.js';
import { judge as judgeReach, reachable } from './checks/reachable.js';
import { judge as judgeRouter } from './checks/router.js';
import { describe, examine, verdict } from './handler.js';
import type { DoctorFlags } from './options.js';

const FLAGS: DoctorFlags = { output: 'text', listen: ['/ip4/127.0.0.1/tcp/0'], announce: [], portMapping: false, localDiscovery: false, relay: true, wait: 20 };

let closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
});

const patientOf = (flags: Partial<DoctorFlags> = {}, members?: PeerMember[]): Patient => ({ flags: { ...FLAGS, ...flags }, closing, ...(members && { members }) });

async function run(...secretKeys: Uint8Array[]): Promise<{ nodes: P2pNode[]; list: PeerMember[] }> {
  const nodes = await Promise.all(secretKeys.map((key) => startNode(key)));
  closing.push(...nodes.map((node) => () => node.stop()));
  const list = membersOf(nodes);
  for (const node of nodes) node.setMembers(list, 0);
  return { nodes, list };
}

test('members of a run dial a machine that is none of them, and say what they found', async () => {
  const { list } = await run(SECRET_KEYS[0], SECRET_KEYS[1]);
  const patient = patientOf({}, list);
  assert.equal((await listening.run(patient, soon())).outcome, 'ok');
  assert.match((await members.run(patient, soon())).text, /^2 of 2 members/);
  const finding = await reachable.run(patient, soon());
  assert.equal(finding.outcome, 'ok', finding.text);
  assert.match(finding.text, /^reachable at 127\.0\.0\.1, port \d+: all 2 members on this machine that tried got through; nobody from outside/);
});

test('a machine that listens nowhere is told so, and members that do not answer are counted', async () => {
  const gone = createServer();
  gone.listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const { port } = gone.address() as { port: number };
  gone.close();
  await once(gone, 'close');
  const { list } = await run(SECRET_KEYS[0]);
  const packed = (p: number): Uint8Array => Uint8Array.of(4, 127, 0, 0, 1, 6, p >> 8, p & 255);
  const silent: PeerMember = { nodeKey: SECRET_KEYS[1].slice(32), index: 1, multiaddr: packed(port) };
  // somebody answers at this one, with another's key
  const stranger: PeerMember = { nodeKey: SECRET_KEYS[2].slice(32), index: 2, multiaddr: list[0].multiaddr };
  const patient = patientOf({}, [...list, silent, stranger]);
  await listening.run(patient, soon());
  const finding = await members.run(patient, soon());
  assert.deepEqual([finding.outcome, /^1 of 3 members/.test(finding.text)], ['warning', true]);
  patient.members = [silent, stranger];
  assert.equal((await members.run(patient, soon())).outcome, 'failure');
});

test('a port that is taken is said to be', async () => {
  const { nodes } = await run(SECRET_KEYS[0]);
  const [, , , , , , high, low] = nodes[0].addresses()[0];
  const finding = await listening.run(patientOf({ listen: [`/ip4/127.0.0.1/tcp/${high * 256 + low}`] }), soon());
  assert.equal(finding.outcome, 'failure');
  assert.match(finding.advice!, /a client runs on this machine/);
});

test('without a run, or a node, checks are left out and not failed', async () => {
  for (const check of [members, reachable]) {
    assert.equal((await check.run(patientOf(), soon())).outcome, 'skipped');
    assert.equal((await check.run(patientOf({}, []), soon())).outcome, 'skipped');
  }
});

test('what is made of addresses, of a router, and of what members found', () => {
  const address = (text: string, internal = false) => ({ address: text, internal }) as never;
  assert.match(judgeInterfaces({ lo: [address('127.0.0.1', true)], eth0: [address('203.0.113.7'), address('fe80::1')] }).text, /^public: 203\.0\.113\.7$/);
  assert.match(judgeInterfaces({ eth0: [address('192.168.1.5')] }).text, /^local only: 192\.168\.1\.5/);
  assert.equal(judgeInterfaces({ lo: [address('127.0.0.1', true)] }).outcome, 'failure');

  const none = { mapped: [], failures: [] };
  const mapped = [{ internalHost: '192.168.1.5', internalPort: 9000, externalHost: '203.0.113.7', externalPort: 9001 }];
  assert.match(judgeRouter(none).text, /^no router answers/);
  assert.match(judgeRouter({ ...none, gateway: '192.168.1.1', externalHost: '100.64.7.7' }).text, /the provider has a NAT of its own/);
  assert.match(judgeRouter({ mapped: [], failures: ['not authorized'], gateway: '192.168.1.1', externalHost: '203.0.113.7' }).text, /does not map the port: not authorized/);
  assert.match(judgeRouter({ mapped, failures: [], gateway: '192.168.1.1', externalHost: '203.0.113.7' }).text, /its port 9001 to port 9000/);

  const report: ReachReport = { verdict: 'unreachable', from: 'public', confirmed: [], observed: ['203.0.113.7'], asked: 3, addresses: ['/ip4/192.168.1.5/tcp/9000'], relays: [SECRET_KEYS[0].slice(32)], mapping: undefined };
  const closed = judgeReach(report, 30);
  assert.deepEqual([closed.outcome, /all 3 members .* others find it through/.test(closed.text), /router pass TCP port 9000/.test(closed.advice!)], ['warning', true, true]);
  assert.match(judgeReach({ ...report, mapping: { mapped, failures: [], gateway: '192.168.1.1', externalHost: '198.51.100.1' } }, 30).advice!, /members see 203\.0\.113\.7/);
  assert.match(judgeReach({ ...report, verdict: 'unknown', asked: 0 }, 30).text, /within 30 s/);
});

test('findings are made in order, told in lines without control characters, and summed up', async () => {
  const checks: Check[] = [
    { name: 'one', run: () => Promise.resolve(ok('fine \u001b[2J')) },
    { name: 'two', run: () => Promise.resolve(failure('broken', 'mend it')) },
  ];
  const results = [];
  for await (const result of examine(checks, patientOf(), soon())) results.push(result);
  assert.deepEqual(results.map(({ check }) => check), ['one', 'two']);
  assert.equal(describe(results[0]).includes('\u001b'), false);
  assert.match(describe(results[1]), /^✘ two +broken\n +→ mend it$/);
  assert.match(verdict(results), /One thing has to be changed/);
  assert.match(verdict(results.slice(0, 1)), /Nothing stands in the way/);
  await assert.rejects(async () => {
    for await (const result of examine(checks, patientOf(), AbortSignal.abort(new Error('enough')))) results.push(result);
  }, /enough/);
});
