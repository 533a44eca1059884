import assert from 'node:assert/strict';
import { test } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import { peerIdOf } from './identity.js';
import { membersOnly } from './member-list.js';

test('only what ends at a member is dialed, wherever it is', () => {
  const [member, stranger] = [1, 2].map((byte) => peerIdOf(new Uint8Array(32).fill(byte)));
  const isMember = (peer: unknown) => String(peer) === member.toString();
  const gater = membersOnly({ isMember, mayComeIn: isMember });
  const denied = (address: string) => gater.denyDialMultiaddr!(multiaddr(address));
  for (const way of ['/ip4/192.168.1.2/tcp/9000', '/ip4/127.0.0.1/tcp/9000', '/dns4/node.example.org/tcp/443', `/ip4/192.0.2.1/tcp/1/p2p/${stranger.toString()}/p2p-circuit`]) {
    assert.equal(denied(`${way}/p2p/${member.toString()}`), false, way);
    assert.equal(denied(`${way}/p2p/${stranger.toString()}`), true, way);
    assert.equal(denied(way), true, way);
  }
});
