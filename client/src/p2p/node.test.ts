import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Libp2p } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { concatBytes } from '../protocol/bytes.js';
import { signWitnessList } from '../protocol/witness-list.js';
import type { P2pNode } from './index.js';
import { PROGRAM, RUN, SECRET_KEYS, announcementOf, keysOf, membersOf, next, soon, startNetwork, startNode, stopAll } from './testing.js';

let nodes: P2pNode[] = [];
afterEach(async () => {
  await stopAll(nodes);
  nodes = [];
});

test('an announcement and a witness list reach all members, once each, and not their sender', async () => {
  nodes = await startNetwork(3);
  const heard: string[] = [];
  nodes.forEach((node, i) => node.on('announcement', () => heard.push(`announcement at ${i}`)));
  nodes.forEach((node, i) => node.on('list', () => heard.push(`list at ${i}`)));
  const announcement = announcementOf(SECRET_KEYS[0], 0, Buffer.from('payload'));
  const list = signWitnessList(SECRET_KEYS[2], { program: PROGRAM, run: RUN, epoch: 0, round: 0, memberIndex: 2, entries: [announcement] });

  const arrivals = [next(nodes[1], 'announcement'), next(nodes[2], 'announcement'), next(nodes[0], 'list'), next(nodes[1], 'list')];
  await nodes[0].publishAnnouncement(announcement.bytes);
  await nodes[0].publishAnnouncement(announcement.bytes);
  await nodes[2].publishList(list.bytes);

  assert.deepEqual(await Promise.all(arrivals), [announcement, announcement, list, list]);
  assert.deepEqual(heard.sort(), ['announcement at 1', 'announcement at 2', 'list at 0', 'list at 1']);
  await assert.rejects(nodes[0].publishAnnouncement(Buffer.alloc(9_000)), { code: 'BAD_LENGTH' });
});

test('what is forged, of another run or epoch, or refused by the validator is not heard', async () => {
  nodes = await startNetwork(2);
  const [sender, receiver] = nodes;
  const judged: number[] = [];
  receiver.setValidators({
    announcement: ({ round }) => {
      judged.push(round);
      if (round === 5) throw new Error('a validator with a defect');
      return round === 6 ? 'ignore' : 'accept';
    },
    list: () => 'accept',
  });
  const payload = Buffer.from('x');
  const bad = [
    announcementOf(SECRET_KEYS[1], 0, payload, { round: 1 }), // the receiver's key under the sender's index
    announcementOf(SECRET_KEYS[0], 9, payload, { round: 2 }), // an index nobody has
    announcementOf(SECRET_KEYS[0], 0, payload, { round: 3, run: new Uint8Array(32) }),
    announcementOf(SECRET_KEYS[0], 0, payload, { round: 4, epoch: 1 }),
    announcementOf(SECRET_KEYS[0], 0, payload, { round: 5 }),
    announcementOf(SECRET_KEYS[0], 0, payload, { round: 6 }),
  ];
  const arrival = next<{ round: number }>(receiver, 'announcement');
  // two that are provably wrong are forgiven; messages on one link are judged in order
  for (const announcement of [bad[3], bad[4], bad[5], bad[0], bad[1]]) await sender.publishAnnouncement(announcement.bytes);
  await sender.publishAnnouncement(announcementOf(SECRET_KEYS[0], 0, payload, { round: 7 }).bytes);
  assert.equal((await arrival).round, 7);
  assert.deepEqual(judged, [5, 6, 7]);
});

test('who sends a forgery is named', async () => {
  nodes = await startNetwork(2);
  const offence = next<{ nodeKey: Uint8Array; error: { code: string } }>(nodes[1], 'offence');
  await nodes[0].publishAnnouncement(announcementOf(SECRET_KEYS[1], 0, Buffer.from('x')).bytes);
  const { nodeKey, error } = await offence;
  assert.deepEqual(nodeKey, nodes[0].nodeKey);
  assert.equal(error.code, 'BAD_MESSAGE');
});

test('who missed announcements asks a peer for them', async () => {
  nodes = await startNetwork(2);
  const mine = announcementOf(SECRET_KEYS[0], 0, Buffer.from('a'), { round: 8 });
  const forged = announcementOf(SECRET_KEYS[0], 1, Buffer.from('b'), { round: 8 });
  const list = signWitnessList(SECRET_KEYS[1], { program: PROGRAM, run: RUN, epoch: 0, round: 8, memberIndex: 1, entries: [mine] });
  nodes[0].provideAnnouncements((epoch, round) => (epoch === 0 && round === 8 ? [mine.bytes, list.bytes, forged.bytes] : []));
  const answer = await nodes[1].fetchAnnouncements(0, 8, nodes[0].nodeKey, soon());
  assert.deepEqual(answer, { announcements: [mine], lists: [list] });
  assert.deepEqual(await nodes[1].fetchAnnouncements(0, 9, nodes[0].nodeKey, soon()), { announcements: [], lists: [] });

  // an answer with messages of another round, or none at all, is an offence
  nodes[0].provideAnnouncements(() => [mine.bytes]);
  const offence = next<{ nodeKey: Uint8Array }>(nodes[1], 'offence');
  await assert.rejects(nodes[1].fetchAnnouncements(0, 9, nodes[0].nodeKey, soon()), { code: 'BAD_ANSWER' });
  assert.deepEqual((await offence).nodeKey, nodes[0].nodeKey);
});

test('a stranger gets no connection where there are no observers, and a member that is removed loses its own', async () => {
  nodes = await startNetwork(2, 0, { observers: 0 });
  const [one, two] = nodes;
  const stranger = await startNode(SECRET_KEYS[3]);
  nodes.push(stranger);
  const ends = next<{ connected: boolean }>(stranger, 'peer').then(() => next<{ connected: boolean }>(stranger, 'peer'));
  stranger.setMembers(membersOf([one]));
  assert.equal((await ends).connected, false);
  await assert.rejects(stranger.fetchAnnouncements(0, 0, one.nodeKey, soon()), { code: 'NOT_CONNECTED' });
  assert.equal(one.stats().peers, 1);

  const left = next<{ nodeKey: Uint8Array; connected: boolean }>(two, 'peer');
  one.setMembers([]);
  assert.deepEqual(await left, { nodeKey: one.nodeKey, connected: false });
  await assert.rejects(one.fetchAnnouncements(0, 0, two.nodeKey, soon()), { code: 'NOT_A_MEMBER' });
});

test('a member that restarts at another address is connected again, and one that keeps its address is redialed', async () => {
  nodes = await startNetwork(3);
  const [first, second] = nodes;
  const third = nodes.pop()!;
  const address = multiaddr(third.addresses()[0]).toString();
  const lost = [next(first, 'peer'), next(second, 'peer')];
  await third.stop();
  await Promise.all(lost);

  // same port, and it dials nobody: the others come back by themselves
  const again = await startNode(SECRET_KEYS[2], { listen: [address] });
  nodes.push(again);
  again.setMembers(keysOf(nodes).map((nodeKey, index) => ({ nodeKey, index })), 0);
  await Promise.all([first, second].map((node) => node.waitForPeers([again.nodeKey], soon())));

  // another port: the new list tells
  const lostAgain = [next(first, 'peer'), next(second, 'peer')];
  await nodes.pop()!.stop();
  await Promise.all(lostAgain);
  const moved = await startNode(SECRET_KEYS[2]);
  nodes.push(moved);
  for (const node of nodes) node.setMembers(membersOf(nodes), 1);
  await Promise.all([first, second].map((node) => node.waitForPeers([moved.nodeKey], soon())));
});

test('a gossip stream that breaks is made anew, over a new connection', async () => {
  nodes = await startNetwork(2);
  const [one, two] = nodes;
  const broken = next<{ connected: boolean }>(two, 'peer');
  const { libp2p } = one as unknown as { libp2p: Libp2p };
  const stream = libp2p.getConnections()[0].streams.find(({ direction, protocol }) => direction === 'outbound' && protocol.startsWith('/meshsub/'));
  stream!.abort(new Error('broken by the test'));
  assert.equal((await broken).connected, false);
  await one.waitForPeers([two.nodeKey], soon());
  const arrival = next(two, 'announcement');
  await one.publishAnnouncement(announcementOf(SECRET_KEYS[0], 0, Buffer.from('x')).bytes);
  await arrival;
});

test('addresses are packed, and counted bytes cover what was sent', async () => {
  nodes = await startNetwork(2);
  const [address] = nodes[0].addresses();
  assert.match(multiaddr(address).toString(), /^\/ip4\/127\.0\.0\.1\/tcp\/\d+$/);
  assert.ok(address.length <= 48);
  const before = nodes.map((node) => node.stats());
  const arrival = next(nodes[1], 'announcement');
  await nodes[0].publishAnnouncement(announcementOf(SECRET_KEYS[0], 0, Buffer.from('x')).bytes);
  await arrival;
  assert.ok(nodes[0].stats().bytesUp >= before[0].bytesUp + 363);
  assert.ok(nodes[1].stats().bytesDown >= before[1].bytesDown + 363);
});

test('a bad key, a bad listening address and an aborted start are told apart', async () => {
  await assert.rejects(startNode(SECRET_KEYS[0].subarray(0, 32)), { code: 'BAD_SECRET_KEY' });
  await assert.rejects(startNode(concatBytes(SECRET_KEYS[0].subarray(0, 32), SECRET_KEYS[1].subarray(32))), { code: 'BAD_SECRET_KEY' });
  await assert.rejects(startNode(SECRET_KEYS[0], { listen: ['/ip4/203.0.113.1/tcp/1'] }), { code: 'CANNOT_LISTEN' });
  const reason = new Error('changed my mind');
  await assert.rejects(startNode(SECRET_KEYS[0], { signal: AbortSignal.abort(reason) }), reason);
});
