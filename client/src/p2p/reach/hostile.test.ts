import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import type { Connection, Libp2p } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { WebSocket } from 'ws';
import { endpointOf, memberAddress, packEndpoint } from '../addresses.js';
import type { P2pError, P2pNode } from '../index.js';
import { SECRET_KEYS, membersOf, next, soon, startImpostor, startNode, stopAll } from '../testing.js';
import { DIAL_BACK_PROTOCOL, type DialBack, type DialBackAnswer } from './dial-back.js';
import { MAX_MESSAGE_BYTES } from './web-socket.js';

let nodes: P2pNode[] = [];
let impostors: Libp2p[] = [];
const rejections: unknown[] = [];
process.on('unhandledRejection', (reason) => rejections.push(reason));
afterEach(async () => {
  await stopAll(nodes);
  await Promise.all(impostors.map((libp2p) => libp2p.stop()));
  [nodes, impostors] = [[], []];
  assert.deepEqual(rejections, []);
});

const dialBackOf = (node: P2pNode) => (node as unknown as { reach: { dialBack: DialBack } }).reach.dialBack;

/** Asks to be dialed back in any bytes. @returns what is answered */
async function askOver(connection: Connection, request: number[]): Promise<number[] | undefined> {
  const stream = await connection.newStream(DIAL_BACK_PROTOCOL, { signal: soon() });
  const received: number[] = [];
  stream.addEventListener('message', ({ data }) => received.push(...(data instanceof Uint8Array ? data : data.subarray())));
  const ended = once(stream, 'close', { signal: soon() });
  stream.send(Uint8Array.from(request));
  void stream.close({ signal: soon() }).catch(() => {});
  await ended;
  return received.length === 0 ? undefined : received;
}

test('a member that answers with nonsense when asked to dial back is named, and believed in nothing', async () => {
  for (const answer of [[9, 1, 2, 3, 4, 0], [4, 127, 0, 0, 1, 7], [4, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]) {
    const node = await startNode(SECRET_KEYS[0]);
    nodes.push(node);
    const impostor = await startImpostor(SECRET_KEYS[1], DIAL_BACK_PROTOCOL, (stream) => stream.send(Uint8Array.from(answer)));
    impostors.push(impostor.libp2p);
    const offence = next<{ error: P2pError }>(node, 'offence');
    node.setMembers([...membersOf([node]), { ...impostor.member, index: 1 }], 0);
    assert.match((await offence).error.code, /BAD_ANSWER|STREAM_FLOODED/);
    assert.equal(node.reachReport().verdict, 'unknown');
    await node.stop();
    await impostor.libp2p.stop();
  }
});

test('questions that make no sense, come too often or through a relay dial nobody', async () => {
  const node = await startNode(SECRET_KEYS[0]);
  nodes.push(node);
  const impostor = await startImpostor(SECRET_KEYS[1], '/none', () => {});
  impostors.push(impostor.libp2p);
  node.setMembers([...membersOf([node]), { ...impostor.member, index: 1 }], 0);
  const connection = await impostor.libp2p.dial(memberAddress(node.addresses()[0], node.nodeKey), { signal: soon() });
  const ask = (request: number[]) => askOver(connection, request);
  assert.equal(await ask([0]), undefined);
  assert.equal(await ask([5, ...new Array<number>(15).fill(0)]), undefined);
  assert.equal(await ask(new Array<number>(200).fill(1)), undefined);
  // port 0 and a transport nobody knows are not tried, and that was this member's turn
  assert.deepEqual(await ask([2, 0, 0, 0, 7, 80, 0]), [4, 127, 0, 0, 1, 2, 2]);
  const { port } = endpointOf(multiaddr(impostor.member.multiaddr!))!;
  assert.deepEqual(await ask([1, 0, port & 255, port >> 8]), [4, 127, 0, 0, 1, 2]);
});

test('at a proxy beside the node strangers are not dialed back, and a member that is elsewhere is not told that it cannot be reached', async () => {
  const before = await startNode(SECRET_KEYS[0]);
  const listening = before.addresses()[0];
  await before.stop();
  const node = await startNode(SECRET_KEYS[0], { listen: [multiaddr(listening).toString()], announce: ['/dns4/node.example/tcp/443/tls/ws'] });
  nodes.push(node);
  const { libp2p, member } = await startImpostor(SECRET_KEYS[1], '/none', () => {});
  impostors.push(libp2p);
  const connection = await libp2p.dial(memberAddress(listening, node.nodeKey), { signal: soon() });
  const { port } = endpointOf(multiaddr(member.multiaddr!))!;
  const request = [2, 0, port & 255, port >> 8, 0, 1, 0];
  assert.deepEqual(await askOver(connection, request), [4, 127, 0, 0, 1, 2, 2]);
  const elsewhere = packEndpoint({ host: '192.0.2.1', port, transport: 'tcp' });
  node.setMembers([...membersOf([node]), { ...member, index: 1, multiaddr: elsewhere }], 0);
  assert.deepEqual(await askOver(connection, request), [4, 127, 0, 0, 1, 0, 2]);
});

test('a member cannot make another knock at a third one: only its own address is dialed', async () => {
  const [one, two, third] = (nodes = await Promise.all([0, 1, 2].map((i) => startNode(SECRET_KEYS[i]))));
  for (const node of nodes) node.setMembers(membersOf(nodes), 0);
  // the third's port, asked for by the first: somebody answers there, and it is not the first
  const { port } = endpointOf(multiaddr(third.addresses()[0]))!;
  await one.waitForPeers([two.nodeKey, third.nodeKey], soon());
  let answer: DialBackAnswer | undefined;
  for (const signal = soon(); !signal.aborted; ) {
    answer = await dialBackOf(one).ask(two.nodeKey, [{ port, transport: 'tcp' }], signal);
    // asked already on behalf of the first itself: a member has one turn in two seconds
    if (answer.reached[0] !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  assert.deepEqual(answer, { observed: '127.0.0.1', reached: [false] });
});

test('nobody who is connected directly has holes punched, member or not', async () => {
  const node = await startNode(SECRET_KEYS[0]);
  nodes.push(node);
  const { libp2p, member } = await startImpostor(SECRET_KEYS[1], '/none', () => {});
  impostors.push(libp2p);
  for (const members of [[], [{ ...member, index: 1 }]]) {
    node.setMembers([...membersOf([node]), ...members], 0);
    const connection = await libp2p.dial(memberAddress(node.addresses()[0], node.nodeKey), { signal: soon() });
    const stream = await connection.newStream('/libp2p/dcutr', { signal: soon() });
    const answer = new Promise<string>((resolve) => {
      stream.addEventListener('message', () => resolve('goes on'));
      stream.addEventListener('close', () => resolve('refused'));
    });
    // CONNECT, with one address
    const address = multiaddr('/ip4/192.0.3.1/tcp/9').bytes;
    if (stream.status === 'open') stream.send(Uint8Array.from([4 + address.length, 0x08, 100, 0x12, address.length, ...address]));
    assert.equal(stream.status === 'open' ? await answer : 'refused', 'refused');
  }
});

test('a WebSocket message beyond the limit costs its sender the connection, and the node nothing', async () => {
  const node = await startNode(SECRET_KEYS[0], { listen: ['/ip4/127.0.0.1/tcp/0/ws'] });
  nodes.push(node);
  const { host, port } = endpointOf(multiaddr(node.addresses()[0]))!;
  const socket = new WebSocket(`ws://${host}:${port}`);
  await once(socket, 'open', { signal: soon() });
  const closed = once(socket, 'close', { signal: soon() });
  socket.on('error', () => {});
  socket.send(new Uint8Array(MAX_MESSAGE_BYTES + 1));
  await closed;
  // it still serves others
  const other = await startNode(SECRET_KEYS[1]);
  nodes.push(other);
  for (const each of nodes) each.setMembers(membersOf(nodes), 0);
  await other.waitForPeers([node.nodeKey], soon());
});
