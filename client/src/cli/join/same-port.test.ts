import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import { P2pError, type P2pNode } from '../../p2p/index.js';
import type { Ports } from '../../store/state-dir.js';
import { listenAsBefore, portsOf, withPorts } from './same-port.js';

test('open ports are filled in, each once and by what is spoken on them', () => {
  const ports = { tcp: 4001, ws: 4002 };
  assert.deepEqual(withPorts(['/ip4/0.0.0.0/tcp/0', '/ip4/0.0.0.0/tcp/0/ws', '/ip6/::/tcp/0'], ports), ['/ip4/0.0.0.0/tcp/4001', '/ip4/0.0.0.0/tcp/4002/ws', '/ip6/::/tcp/0']);
  assert.equal(withPorts(['/ip4/0.0.0.0/tcp/9000', '/ip4/0.0.0.0/tcp/0/wss'], ports), undefined);
  assert.equal(withPorts(['/ip4/0.0.0.0/tcp/0'], {}), undefined);
  // A router's port first, then this machine's.
  assert.deepEqual(portsOf(['/ip4/203.0.113.7/tcp/31000', '/dns4/example.org/tcp/443/wss', '/ip4/192.168.1.5/tcp/4001', '/ip4/192.168.1.5/tcp/4002/ws']), { tcp: 4001, ws: 4002 });
});

test('a node listens where the one before it did, and elsewhere if somebody else does', async () => {
  const servers: Server[] = [];
  let ports: Ports = {};
  const store = { loadPorts: () => ports, savePorts: (saved: Ports) => void (ports = saved) };
  const start = async (listen: string[] | undefined): Promise<P2pNode> => {
    const server = createServer().listen(Number(/tcp\/(\d+)/.exec((listen ?? ['/ip4/127.0.0.1/tcp/0'])[0])![1]), '127.0.0.1');
    await once(server, 'listening').catch((cause: unknown) => Promise.reject(new P2pError('CANNOT_LISTEN', 'in use', { cause })));
    servers.push(server);
    const { port } = server.address() as { port: number };
    return { addresses: () => [multiaddr(`/ip4/127.0.0.1/tcp/${port}`).bytes] } as unknown as P2pNode;
  };
  try {
    await listenAsBefore(store, ['/ip4/127.0.0.1/tcp/0'], start);
    const first = ports['tcp']!;
    await listenAsBefore(store, ['/ip4/127.0.0.1/tcp/0'], start);
    assert.notEqual(ports['tcp'], first, 'the first one is still there');
    const second = ports['tcp']!;
    await new Promise((resolve) => servers[1].close(resolve));
    await listenAsBefore(store, ['/ip4/127.0.0.1/tcp/0'], start);
    assert.equal(ports['tcp'], second);
    await assert.rejects(listenAsBefore(store, undefined, () => Promise.reject(new P2pError('NODE_STOPPED', 'stopped'))), { code: 'NODE_STOPPED' });
  } finally {
    for (const server of servers) server.close();
  }
});
