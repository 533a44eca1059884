import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import type { Connection, Libp2p } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { sha256 } from '../../protocol/bytes.js';
import { peerIdOf } from '../identity.js';
import type { P2pNode, PeerMember } from '../index.js';
import { SECRET_KEYS, announcementOf, keysOf, membersOf, next, someBytes, soon, startNode, stopAll } from '../testing.js';
import { isDirect, isRelayed } from './connections.js';
import type { Libp2pParts } from './libp2p-parts.js';
import type { ReachReport } from './reach.js';

let nodes: P2pNode[] = [];
afterEach(async () => {
  await stopAll(nodes);
  nodes = [];
});

const inside = (node: P2pNode) => node as unknown as { libp2p: Libp2p; reach: { parts: Libp2pParts } };
const connections = (from: P2pNode, to: P2pNode): Connection[] => inside(from).libp2p.getConnections(peerIdOf(to.nodeKey));
const LOOPBACK = ['/ip4/127.0.0.1/tcp/0'];

/** Settles when a report is as wanted. */
async function until(node: P2pNode, wanted: (report: ReachReport) => boolean): Promise<ReachReport> {
  for (let report = node.reachReport(); ; report = await next<ReachReport>(node, 'reach')) if (wanted(report)) return report;
}

/** Settles when the only connection between two is a direct one. */
async function untilDirect(from: P2pNode, to: P2pNode): Promise<void> {
  const { libp2p } = inside(from);
  for (const signal = soon(); ; ) {
    const open = connections(from, to).filter(({ status }) => status === 'open');
    if (open.length > 0 && open.every(isDirect)) return;
    await Promise.race(['connection:open', 'connection:close'].map((event) => once(libp2p as unknown as EventTarget, event, { signal })));
  }
}

async function start(listen: string[][], announce: string[][] = []): Promise<P2pNode[]> {
  nodes = await Promise.all(listen.map((own, i) => startNode(SECRET_KEYS[i], { listen: own, ...(announce[i] && { announce: announce[i] }) })));
  for (const node of nodes) node.setValidators({ announcement: () => 'accept', list: () => 'accept' });
  return nodes;
}

const together = (members: readonly PeerMember[]): void => nodes.forEach((node) => node.setMembers(members, 0));
const silent = (nodeKey: Uint8Array, index: number): PeerMember => ({ nodeKey, index });

test('members find out from each other that they are reachable, and where', async () => {
  const [one, two] = await start([LOOPBACK, LOOPBACK]);
  // only one of them can dial the other, so that there is one connection however slow they are
  together([membersOf(nodes)[0], silent(two.nodeKey, 1)]);
  for (const node of [one, two]) {
    const { confirmed, observed, asked, relays } = await until(node, ({ verdict }) => verdict === 'reachable');
    assert.deepEqual(observed, ['127.0.0.1']);
    assert.deepEqual([confirmed.length, confirmed[0].host, asked, relays.length], [1, '127.0.0.1', 1, 0]);
    const way = node.wayHere();
    assert.ok(way.kind === 'multiaddr');
    assert.equal(multiaddr(way.bytes).toString(), `/ip4/127.0.0.1/tcp/${confirmed[0].port}`);
  }
  // being dialed back leaves no other behind
  assert.equal(connections(one, two).filter(({ status }) => status === 'open').length, 1);
});

test('an announced port that leads nowhere is noticed', async () => {
  const blocked = createServer();
  blocked.listen(0, '127.0.0.1');
  await once(blocked, 'listening');
  const { port } = blocked.address() as { port: number };
  blocked.close(); // nobody listens there any more
  await once(blocked, 'close');
  const [one, two] = await start([LOOPBACK, []], [[`/ip4/127.0.0.1/tcp/${port}`]]);
  // "one" can be dialed at its real port, which it does not say
  const real = inside(one).libp2p as unknown as { components: { transportManager: { getAddrs(): { toString(): string }[] } } };
  const listening = multiaddr(real.components.transportManager.getAddrs()[0].toString()).bytes;
  together([{ nodeKey: one.nodeKey, index: 0, multiaddr: listening }, silent(two.nodeKey, 1)]);
  const report = await until(one, ({ asked }) => asked > 0);
  assert.equal(report.verdict, 'unreachable');
  // the operator's word stands all the same
  assert.equal(one.wayHere().kind, 'multiaddr');
});

test('two that nobody can dial meet through a member: announcements, payloads and questions get through, models do not', async () => {
  const [one, two, relay] = await start([[], [], LOOPBACK]);
  const members = [silent(one.nodeKey, 0), silent(two.nodeKey, 1), { nodeKey: relay.nodeKey, index: 2, multiaddr: relay.addresses()[0] }];
  together(members);
  await Promise.all(nodes.map((node) => node.waitForPeers(keysOf(nodes), soon())));
  assert.ok(connections(one, two).every(isRelayed));
  assert.deepEqual(one.wayHere(), { kind: 'through', relays: [relay.nodeKey] });
  assert.equal(relay.wayHere().kind, 'multiaddr');

  const payload = someBytes(300_000);
  const announcement = announcementOf(SECRET_KEYS[0], 0, payload);
  one.provideAnnouncements(() => [announcement.bytes]);
  one.provide(sha256(payload), payload);
  one.provideModel(sha256('any'), () => payload);
  const heard = next<{ bytes: Uint8Array }>(two, 'announcement');
  await one.publishAnnouncement(announcement.bytes);
  assert.deepEqual((await heard).bytes, announcement.bytes);
  assert.deepEqual(await two.fetch(sha256(payload), payload.length, [one.nodeKey], soon()), payload);
  assert.deepEqual((await two.fetchAnnouncements(0, 0, one.nodeKey, soon())).announcements, [announcement]);
  await assert.rejects(two.fetchModel(sha256('any'), payload.length, [one.nodeKey], soon()), { code: 'MODEL_UNAVAILABLE' });
});

test('a stranger gets no reservation, and a member no relayed connection to one', async () => {
  const [member, stranger, relay] = await start([[], [], LOOPBACK]);
  const relayed = { nodeKey: relay.nodeKey, index: 2, multiaddr: relay.addresses()[0] };
  relay.setMembers([silent(member.nodeKey, 0), relayed], 0);
  member.setMembers([silent(member.nodeKey, 0), silent(stranger.nodeKey, 1), relayed], 0);
  stranger.setMembers([silent(member.nodeKey, 0), silent(stranger.nodeKey, 1), relayed], 0);
  await member.waitForPeers([relay.nodeKey], soon());
  // where observers are let in it has a connection, and no more than that
  await inside(stranger).libp2p.dial(multiaddr(relayed.multiaddr).encapsulate(`/p2p/${relay.peerId.toString()}`));
  await assert.rejects(inside(stranger).reach.parts.reservations.addRelay(relay.peerId, 'configured'));
  const through = (to: P2pNode) => multiaddr(relayed.multiaddr).encapsulate(`/p2p/${relay.peerId.toString()}/p2p-circuit/p2p/${to.peerId.toString()}`);
  await assert.rejects(inside(stranger).libp2p.dial(through(member)));
  await assert.rejects(inside(member).libp2p.dial(through(stranger)));
});

test('a relayed connection becomes a direct one where one end can be dialed after all', async () => {
  const free = createServer();
  free.listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as { port: number };
  free.close();
  await once(free, 'close');
  // what hole punching takes for public: names; the list says no address of either
  const [one, two, relay] = await start([[`/ip4/127.0.0.1/tcp/${port}`], [], LOOPBACK], [[`/dns4/localhost/tcp/${port}`]]);
  together([silent(one.nodeKey, 0), silent(two.nodeKey, 1), { nodeKey: relay.nodeKey, index: 2, multiaddr: relay.addresses()[0] }]);
  await one.waitForPeers([two.nodeKey], soon());
  await Promise.all([untilDirect(one, two), untilDirect(two, one)]);
  // gossip runs on the direct one, and nothing hangs up on the way
  await Promise.all([one.waitForPeers([two.nodeKey], soon()), two.waitForPeers([one.nodeKey], soon())]);
});

test('members speak WebSocket, and what it carries is counted', async () => {
  const [one, two] = await start([['/ip4/127.0.0.1/tcp/0/ws'], LOOPBACK]);
  together(membersOf(nodes));
  assert.match(multiaddr(one.addresses()[0]).toString(), /\/ws$/);
  await Promise.all(nodes.map((node) => node.waitForPeers(keysOf(nodes), soon())));
  const { confirmed } = await until(one, ({ verdict }) => verdict === 'reachable');
  assert.equal(confirmed[0].transport, 'ws');
  const payload = someBytes(1_500_000);
  one.provide(sha256(payload), payload);
  assert.deepEqual(await two.fetch(sha256(payload), payload.length, [one.nodeKey], soon()), payload);
  assert.ok(one.stats().bytesUp > payload.length && two.stats().bytesDown > payload.length);
});

test('a member found on the local network is reached though its address says nothing', async () => {
  const [one, two] = await start([LOOPBACK, LOOPBACK]);
  together([silent(one.nodeKey, 0), silent(two.nodeKey, 1)]);
  const { libp2p } = inside(one);
  const detail = { id: two.peerId, multiaddrs: two.addresses().map((bytes) => multiaddr(bytes)) };
  libp2p.dispatchEvent(new CustomEvent('peer:discovery', { detail }) as never);
  await Promise.all(nodes.map((node) => node.waitForPeers(keysOf(nodes), soon())));
});
