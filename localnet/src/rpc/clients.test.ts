import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { clientKey, clientOf, Clients, isLoopback } from './clients.js';

describe('limits of each client', () => {
  it('grants a burst, then so many calls a second, and lets a batch overdraw', () => {
    let now = 0;
    const clients = new Clients({ connections: 2, callsPerSecond: 10, burst: 100 }, () => now);
    clients.charge('a', 99);
    assert.equal(clients.wait('a'), 0);
    clients.charge('a', 51);
    assert.equal(clients.wait('a'), 6);
    assert.equal(clients.wait('b'), 0);
    now = 4_900;
    assert.equal(clients.wait('a'), 1);
    now = 5_100;
    assert.equal(clients.wait('a'), 0);
    now = 1e9;
    clients.charge('a', 100);
    assert.equal(clients.wait('a'), 1);
  });

  it('grants so many connections, and this machine everything', () => {
    const clients = new Clients({ connections: 2, callsPerSecond: 10, burst: 100 }, () => 0);
    assert.deepEqual([1, 2, 3].map(() => clients.connected('a')), [true, true, false]);
    clients.disconnected('a');
    assert.equal(clients.connected('a'), true);
    assert.deepEqual([1, 2, 3].map(() => clients.connected(null)), [true, true, true]);
    clients.charge(null, 1e9);
    assert.equal(clients.wait(null), 0);
  });

  it('forgets addresses that have nothing under way', () => {
    let now = 0;
    const clients = new Clients({ connections: 2, callsPerSecond: 10, burst: 100 }, () => now);
    clients.connected('connected');
    for (let i = 0; i < 9_999; i++) clients.charge(`${i}`, 50);
    now = 5_000;
    clients.charge('busy', 1);
    assert.equal(clients.size, 2);
  });

  it('takes a /64 for one client, and what a proxy on this machine says', () => {
    for (const [address, key] of [
      ['203.0.113.7', '203.0.113.7'], ['::ffff:203.0.113.7', '203.0.113.7'], ['2001:db8::1', '2001:db8:0:0::/64'],
      ['2001:0DB8:0:0:ffff::1', '2001:db8:0:0::/64'], ['2001:db8:0:1::', '2001:db8:0:1::/64'], ['fe80::1%eth0', 'fe80:0:0:0::/64'],
      ['::2', '0:0:0:0::/64'], ['127.0.0.1', null], ['::ffff:127.1.2.3', null], ['::1', null], [undefined, 'unknown'],
    ] as const) assert.equal(clientKey(address), key, address);
    const from = (remoteAddress: string, forwarded?: string): string | null =>
      clientOf({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage);
    assert.equal(from('127.0.0.1', '198.51.100.1, 203.0.113.7'), '203.0.113.7');
    assert.equal(from('127.0.0.1', 'nonsense'), null);
    assert.equal(from('127.0.0.1'), null);
    // Whoever comes directly cannot say that it is somebody else.
    assert.equal(from('203.0.113.7', '198.51.100.1'), '203.0.113.7');
  });

  it('knows this machine\'s own addresses', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost', '::ffff:127.0.0.1']) assert.equal(isLoopback(host), true, host);
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'example.org', '127.0.0.1.example.org', '']) assert.equal(isLoopback(host), false, host);
  });
});
