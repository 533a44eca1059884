import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Libp2p } from '@libp2p/interface';
import { concatBytes, sha256 } from '../protocol/bytes.js';
import { publicKeyOfSeed } from '../protocol/ed25519.js';
import { parameterRoot } from '../protocol/merkle.js';
import { signWitnessList } from '../protocol/witness-list.js';
import { memberAddress } from './addresses.js';
import type { P2pError, P2pNode } from './index.js';
import { peerIdOf } from './identity.js';
import { PAYLOAD_PROTOCOL } from './payload-exchange.js';
import { PROGRAM, RUN, SECRET_KEYS, announcementOf, keysOf, membersOf, next, someBytes, soon, startImpostor, startNetwork, startNode, stopAll } from './testing.js';

/** Keys of nobody who is a member. */
const STRANGERS = [11, 12].map((byte) => new Uint8Array(32).fill(byte)).map((seed) => concatBytes(seed, publicKeyOfSeed(seed)));
const PAYLOAD = someBytes(50_000);
const PAYLOAD_HASH = sha256(PAYLOAD);

let nodes: P2pNode[] = [];
let others: P2pNode[] = [];
let impostors: Libp2p[] = [];
const rejections: unknown[] = [];
process.on('unhandledRejection', (reason) => rejections.push(reason));
afterEach(async () => {
  await stopAll([...nodes, ...others]);
  await Promise.all(impostors.map((libp2p) => libp2p.stop()));
  [nodes, others, impostors] = [[], [], []];
  assert.deepEqual(rejections, []);
});

/** A node that is not on the members' list and connects to them. */
async function observe(members: readonly P2pNode[], secretKey = STRANGERS[0]): Promise<P2pNode> {
  const observer = await startNode(secretKey);
  others.push(observer);
  const connected = members.map(() => next(observer, 'peer'));
  observer.setMembers(membersOf(members), 0);
  await Promise.all(connected);
  return observer;
}

const gossipPeers = (node: P2pNode): string[] =>
  (node as unknown as { libp2p: { services: { pubsub: { getPeers(): unknown[] } } } }).libp2p.services.pubsub.getPeers().map(String);

test('an observer reads announcements and payloads, gets no model, and is no part of gossip', async () => {
  nodes = await startNetwork(2);
  const [one, two] = nodes;
  const announcement = announcementOf(SECRET_KEYS[0], 0, PAYLOAD, { round: 3 });
  one.provideAnnouncements((_, round) => (round === 3 ? [announcement.bytes] : []));
  one.provide(PAYLOAD_HASH, PAYLOAD);
  const model = someBytes(1_000);
  one.provideModel(parameterRoot(model), () => model);
  const observer = await observe([one]);
  assert.deepEqual(await observer.fetchAnnouncements(0, 3, one.nodeKey, soon()), { announcements: [announcement], lists: [] });
  assert.deepEqual(await observer.fetch(PAYLOAD_HASH, PAYLOAD.length, [one.nodeKey], soon()), PAYLOAD);
  await assert.rejects(observer.fetchModel(parameterRoot(model), model.length, [one.nodeKey], soon()), { code: 'MODEL_UNAVAILABLE' });

  const arrival = next(two, 'announcement');
  await one.publishAnnouncement(announcement.bytes);
  await arrival;
  assert.deepEqual(gossipPeers(one), [two.peerId.toString()]);
  assert.equal(one.stats().peers, 1);
});

test('there are so many places for observers, and one for each', async () => {
  nodes = await startNetwork(1, 0, { observers: 1 });
  const [node] = nodes;
  const first = await observe([node]);
  const second = await startNode(STRANGERS[1]);
  others.push(second);
  // a refused dial resolves, and then the connection is gone
  const ends = next(second, 'peer').then(() => next<{ connected: boolean }>(second, 'peer'));
  second.setMembers(membersOf([node]), 0);
  assert.equal((await ends).connected, false);
  assert.deepEqual(await first.fetchAnnouncements(0, 0, node.nodeKey, soon()), { announcements: [], lists: [] });

  const { peerStore } = (node as unknown as { libp2p: Libp2p }).libp2p;
  assert.ok(await peerStore.has(first.peerId));
  const gone = next(node, 'peer');
  await first.stop();
  await gone;
  assert.ok(!(await peerStore.has(first.peerId)), 'nothing is kept of who has left');
  const again = next<{ connected: boolean }>(node, 'peer');
  assert.equal((await again).connected, true); // the second one has been trying
});

test('an observer that becomes a member takes part in gossip on the connection that it has', async () => {
  nodes = await startNetwork(2);
  const newcomer = await observe(nodes, SECRET_KEYS[2]);
  newcomer.setValidators({ announcement: () => 'accept', list: () => 'accept' });
  let lost = 0;
  for (const node of nodes) node.on('peer', ({ connected }) => (lost += connected ? 0 : 1));
  const all = [...nodes, newcomer];
  for (const node of all) node.setMembers(membersOf(all), 1);
  await Promise.all(nodes.map((node) => node.waitForPeers([newcomer.nodeKey], soon())));
  await newcomer.waitForPeers(keysOf(nodes), soon());
  const arrivals = [next(newcomer, 'announcement'), next(nodes[1], 'announcement')];
  await nodes[0].publishAnnouncement(announcementOf(SECRET_KEYS[0], 0, PAYLOAD, { epoch: 1 }).bytes);
  await Promise.all(arrivals);
  const back = next(nodes[0], 'announcement');
  await newcomer.publishAnnouncement(announcementOf(SECRET_KEYS[2], 2, PAYLOAD, { epoch: 1 }).bytes);
  await back;
  assert.equal(lost, 0);
});

test('members that learn of each other one after the other hear what was said before', async () => {
  const [early, late] = (nodes = await Promise.all(SECRET_KEYS.slice(0, 2).map((key) => startNode(key))));
  for (const node of nodes) node.setValidators({ announcement: () => 'accept', list: () => 'accept' });
  const connected = next(late, 'peer');
  early.setMembers(membersOf(nodes), 0);
  await connected;
  const arrival = next(late, 'list');
  late.setMembers(membersOf(nodes), 0);
  await early.waitForPeers([late.nodeKey], soon());
  await early.publishList(signWitnessList(SECRET_KEYS[0], { program: PROGRAM, run: RUN, epoch: 0, round: 0, memberIndex: 0, entries: [announcementOf(SECRET_KEYS[0], 0, PAYLOAD)] }).bytes);
  await arrival;
});

test('what an observer gossips is kept for it on one stream, and little of it', async () => {
  nodes = await startNetwork(1);
  const [node] = nodes;
  const { libp2p } = await startImpostor(STRANGERS[0], '/none', () => {});
  impostors.push(libp2p);
  const connection = await libp2p.dial(memberAddress(node.addresses()[0], node.nodeKey));
  const [protocol] = (node as unknown as { libp2p: { services: { pubsub: { protocols: string[] } } } }).libp2p.services.pubsub.protocols;
  const open = async () => {
    const stream = await connection.newStream(protocol, { maxOutboundStreams: 8, signal: soon() });
    // it may have been ended before it was handed over
    const ended = new Promise<void>((resolve) => (stream.status === 'open' ? stream.addEventListener('close', () => resolve()) : resolve()));
    return { stream, ended };
  };
  const first = await open();
  await (await open()).ended;
  assert.equal(first.stream.status, 'open');
  first.stream.send(new Uint8Array(20_000));
  first.stream.send(new Uint8Array(20_000));
  await first.ended;
  assert.equal(connection.status, 'open');
});

test('a member that is removed is no observer: it has to come again', async () => {
  nodes = await startNetwork(2);
  const left = next<{ connected: boolean }>(nodes[0], 'peer');
  nodes[0].setMembers(membersOf([nodes[0]]), 1);
  assert.equal((await left).connected, false);
});

test('an observer that opens streams by the hundred is cut off, nothing is held against its key, and members notice nothing', async () => {
  nodes = await startNetwork(2);
  const [one, two] = nodes;
  one.provide(PAYLOAD_HASH, PAYLOAD);
  const { libp2p } = await startImpostor(STRANGERS[0], '/test/1', () => {});
  impostors.push(libp2p);
  const address = memberAddress(one.addresses()[0], one.nodeKey);
  const arrived = next(one, 'peer');
  const connection = await libp2p.dial(address);
  await arrived;
  const cut = new Promise<void>((resolve) => connection.addEventListener('close', () => resolve()));
  let offences = 0;
  one.on('offence', () => offences++);
  const opened = Promise.allSettled(Array.from({ length: 300 }, () => connection.newStream(PAYLOAD_PROTOCOL, { maxOutboundStreams: 1_000, signal: soon() })));
  await cut;
  await opened;
  assert.deepEqual(await two.fetch(PAYLOAD_HASH, PAYLOAD.length, [one.nodeKey], soon()), PAYLOAD);
  assert.equal(one.stats().peers, 1);
  // what a member does that is not known yet: a round's payloads at once, most of them refused
  const again = await libp2p.dial(address);
  const many = await Promise.all(Array.from({ length: 12 }, () => again.newStream(PAYLOAD_PROTOCOL, { maxOutboundStreams: 1_000, signal: soon() })));
  await again.newStream(PAYLOAD_PROTOCOL, { maxOutboundStreams: 1_000, signal: soon() });
  assert.equal(many.length, 12);
  assert.equal(again.status, 'open');
  assert.equal(offences, 0);
});

test('a member that lies loses its connection, which is told, and the others keep theirs', async () => {
  nodes = await startNetwork(3);
  const [liar, honest, victim] = nodes;
  const { contents } = (liar as unknown as { payloads: { store: { contents: Map<string, Uint8Array> } } }).payloads.store;
  contents.set(Buffer.from(PAYLOAD_HASH).toString('hex'), someBytes(PAYLOAD.length, 1));
  honest.provide(PAYLOAD_HASH, PAYLOAD);
  const lost = next<{ nodeKey: Uint8Array; connected: boolean }>(victim, 'peer');
  const barred = next<{ nodeKey: Uint8Array; error: P2pError; milliseconds: number }>(victim, 'barred');
  assert.deepEqual(await victim.fetch(PAYLOAD_HASH, PAYLOAD.length, keysOf(nodes), soon()), PAYLOAD);
  assert.deepEqual(await lost, { nodeKey: liar.nodeKey, connected: false });
  const { nodeKey, error, milliseconds } = await barred;
  assert.deepEqual([nodeKey, error.code], [liar.nodeKey, 'WRONG_HASH']);
  assert.ok(milliseconds > 60_000);
  await assert.rejects(victim.fetchAnnouncements(0, 0, liar.nodeKey, soon()), { code: 'NOT_CONNECTED' });
  assert.equal((victim as unknown as { libp2p: Libp2p }).libp2p.getConnections(peerIdOf(liar.nodeKey)).length, 0);
  assert.equal(victim.stats().peers, 1);
});
