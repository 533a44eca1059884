import { dcutr } from '@libp2p/dcutr';
import type { PeerId, StreamHandler } from '@libp2p/interface';
import { P2pError } from '../errors.js';
import { isRelayed } from './connections.js';

type Components = Parameters<ReturnType<typeof dcutr>>[0];

/**
 * libp2p's hole punching, for what it is meant for: a member that is connected through a relay. libp2p itself answers
 * everybody on any connection, and dials the addresses that it is given.
 */
export function holePunching(isMember: (peerId: PeerId) => boolean): (components: Components) => ReturnType<ReturnType<typeof dcutr>> {
  const create = dcutr();
  return (components) => {
    const { registrar } = components;
    const handle: typeof registrar.handle = (protocol, handler, options) => registrar.handle(protocol, guarded(handler, isMember), options);
    // libp2p hands components over as a proxy, which cannot be copied
    return create(Object.create(components, { registrar: { value: Object.create(registrar, { handle: { value: handle } }) } }));
  };
}

function guarded(handler: StreamHandler, isMember: (peerId: PeerId) => boolean): StreamHandler {
  return (stream, connection) => {
    if (isRelayed(connection) && isMember(connection.remotePeer)) return handler(stream, connection);
    stream.abort(new P2pError('REFUSED', 'holes are punched for members that come through a relay'));
  };
}
