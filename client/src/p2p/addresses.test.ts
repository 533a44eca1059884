import assert from 'node:assert/strict';
import { test } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import { type Endpoint, bestFirst, endpointOf, memberAddress, packAddresses, packEndpoint, scopeOf } from './addresses.js';
import { peerIdOf } from './identity.js';
import { SECRET_KEYS } from './testing.js';

const nodeKey = SECRET_KEYS[0].slice(32);
const peer = peerIdOf(nodeKey).toString();

test('own addresses: public before private before loopback, without what cannot be dialed or stored', () => {
  const addresses = [
    '/ip4/127.0.0.1/tcp/4001',
    '/ip6/::1/tcp/4001',
    '/ip4/192.168.1.5/tcp/4001',
    '/ip6/2001:db8::1/tcp/4001',
    `/ip4/203.0.113.7/tcp/4001/p2p/${peer}`,
    '/dns4/node.example.org/tcp/4001',
    '/ip4/0.0.0.0/tcp/4001',
    '/ip6/fe80::1/tcp/4001',
    '/ip4/203.0.113.7/tcp/443/tls/ws',
    '/ip4/203.0.113.7/tcp/4002/ws',
    '/ip4/203.0.113.7/udp/4001/quic-v1',
    `/ip4/203.0.113.9/tcp/4001/p2p/${peer}/p2p-circuit/p2p/${peer}`,
    `/dns4/${'a'.repeat(60)}.org/tcp/4001`,
  ];
  const packed = packAddresses(addresses.map((address) => multiaddr(address)));
  assert.deepEqual(
    packed.map((bytes) => multiaddr(bytes).toString()),
    ['/ip4/203.0.113.7/tcp/4001', '/dns4/node.example.org/tcp/4001', '/ip4/203.0.113.7/tcp/4002/ws', '/ip4/203.0.113.7/tcp/443/tls/ws', '/ip6/2001:db8::1/tcp/4001', '/ip4/192.168.1.5/tcp/4001', '/ip4/127.0.0.1/tcp/4001', '/ip6/::1/tcp/4001'],
  );
});

test('what a node listens on for everybody comes before what others say of it, and what a router says last', () => {
  const at = (host: string): Endpoint => ({ host, port: 9000, transport: 'tcp' });
  const hosts = (listening: string[], confirmed: string[], mapped: string[]): string[] =>
    bestFirst(listening.map((host) => packEndpoint(at(host))), confirmed.map(at), mapped.map(at)).map((bytes) => endpointOf(multiaddr(bytes))!.host);
  assert.deepEqual(hosts(['203.0.113.7', '10.0.0.2'], ['198.51.100.1'], ['198.51.100.2']), ['203.0.113.7', '198.51.100.1', '198.51.100.2', '10.0.0.2']);
  assert.deepEqual(hosts(['203.0.113.7', '203.0.113.8'], ['203.0.113.8'], []), ['203.0.113.8', '203.0.113.7']);
  assert.deepEqual(hosts(['172.17.0.1', '10.0.0.2'], ['10.0.0.3', '10.0.0.2'], []), ['10.0.0.2', '10.0.0.3', '172.17.0.1']);
  assert.deepEqual(hosts(['10.0.0.2'], [], ['198.51.100.2']), ['198.51.100.2', '10.0.0.2']);
});

test("a member's address gets its identity; anything but a host and a TCP port, with or without WebSocket, is refused", () => {
  const good = multiaddr('/ip4/203.0.113.7/tcp/4001').bytes;
  for (const text of ['/ip4/203.0.113.7/tcp/4001', '/ip4/203.0.113.7/tcp/4001/ws', '/dns4/a-b.example.org/tcp/443/tls/ws', '/dns/node.example.org/tcp/443/wss']) {
    assert.equal(memberAddress(multiaddr(text).bytes, nodeKey).toString(), `${text}/p2p/${peer}`);
  }
  const bad = [
    new Uint8Array(),
    new Uint8Array(49),
    Uint8Array.of(0xff, 0xff, 0xff),
    Uint8Array.of(4, 127, 0),
    good.slice(0, -1),
    multiaddr('/ip4/0.0.0.0/tcp/1').bytes,
    multiaddr('/ip4/1.2.3.4/tcp/0').bytes,
    multiaddr('/ip4/1.2.3.4/udp/5').bytes,
    multiaddr('/unix/%2Ftmp%2Fsocket').bytes,
    multiaddr('/ip4/1.2.3.4/tcp/5/tls').bytes,
    multiaddr('/ip4/1.2.3.4/tcp/5/p2p-circuit').bytes,
    multiaddr(`/ip4/1.2.3.4/tcp/5/p2p/${peer}`).bytes.slice(0, 48),
    multiaddr(`/dns/${encodeURIComponent('a/b?c=')}/tcp/5/ws`).bytes, // would ask a web server for a path
    multiaddr(`/dns/${encodeURIComponent('user@host')}/tcp/5/ws`).bytes,
  ];
  for (const bytes of bad) assert.throws(() => memberAddress(bytes, nodeKey), { code: 'BAD_ADDRESS' }, Buffer.from(bytes).toString('hex'));
});

test('bytes at random are either an address or refused', () => {
  let state = 1;
  for (let i = 0; i < 2_000; i++) {
    const bytes = new Uint8Array((i % 48) + 1).map(() => (state = (state * 48271) % 2147483647) & 255);
    bytes[0] = [4, 41, 54, 55, 53, 400 & 255][i % 6];
    try {
      memberAddress(bytes, nodeKey);
    } catch (error) {
      assert.equal((error as { code: string }).code, 'BAD_ADDRESS');
    }
  }
});

test('an endpoint in packed form says the same; hosts are told apart by who can reach them', () => {
  for (const endpoint of [
    { host: '203.0.113.7', port: 65_535, transport: 'tcp' },
    { host: '2001:db8::1', port: 1, transport: 'ws' },
    { host: 'node.example.org', port: 443, transport: 'wss' },
  ] as const) {
    assert.deepEqual(endpointOf(multiaddr(packEndpoint(endpoint))), endpoint);
  }
  const scopes = { '8.8.8.8': 'public', 'node.example.org': 'public', '2001:db8::1': 'public', '100.64.0.1': 'private', '192.168.0.9': 'private', 'fd00::1': 'private', '127.0.0.9': 'loopback', '::1': 'loopback' };
  for (const [host, scope] of Object.entries(scopes)) assert.equal(scopeOf(host), scope, host);
});
